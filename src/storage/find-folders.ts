/** Folders directly below one, ascending, each with its `/`: the first ones, where there are many. */
export type FetchFolders = (under: string, signal: AbortSignal) => Promise<readonly string[]>;

const DEEPEST = 6;
/** So many folders are enough to part a listing; fewer are worth a request each for what is below them. */
const ENOUGH = 9;

/** The folders at the first level of a prefix that has several: a tree often begins with a trunk. Empty when there is none. */
export async function findFolders(
  prefix: string,
  fetchFolders: FetchFolders,
  signal: AbortSignal,
): Promise<readonly string[]> {
  let found: readonly string[] = [];
  for (let level = 0; level < DEEPEST && found.length < ENOUGH; level += 1) {
    const parents = level === 0 ? [prefix] : found;
    const below = await Promise.all(parents.map((parent) => fetchFolders(parent, signal)));
    if (below.every((folders) => folders.length === 0)) return found;
    found = below.flatMap((folders, at) => [...found.slice(at, at + 1), ...folders]);
  }
  return found;
}
