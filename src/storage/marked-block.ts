import type { Block, KeySpace } from './key-block.ts';
import { countUpTo, folderOf } from './key-order.ts';
import type { Part } from './listing-part.ts';

/**
 * What the names of an earlier folder say about the keys behind a part: years, months and tiles hold the same names, in other numbers.
 * null where they say nothing, as no mark lies in what was read, or none behind it.
 */
export function markedBlock(part: Part, { folders, marks }: KeySpace): Block | null {
  const { after, reached, upTo, pagesRead, block } = part;
  const folder = folderOf(reached, folders);
  if (block === null || block.foldersPerPage > 0 || pagesRead === 0 || folder === undefined) return null;
  /** A place outside the folder is before, or behind, all its names. */
  const marksUpTo = (key: string, outside: number): number =>
    key.startsWith(folder) ? countUpTo(marks, key.slice(folder.length)) : outside;
  const read = marksUpTo(reached, 0);
  const marksPerPage = (read - marksUpTo(after, 0)) / pagesRead;
  if (marksPerPage === 0 || read === marks.length) return null;
  const pagesLeft = (marksUpTo(upTo ?? '', marks.length) - read) / marksPerPage;
  return { ...block, prefix: folder, pagesLeft, likelyPages: pagesLeft, marksPerPage };
}
