import { readdirSync, readFileSync } from 'node:fs';

/**
 * Ends a process and all that it started, at once. GDAL runs in process groups of its own, so the group alone would leave
 * it behind; where there is no /proc, the group is all that can be told.
 */
export function killTree(pid: number): void {
  const below = descendantsOf(pid);
  for (const target of [-pid, pid, ...below]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // it has ended by itself meanwhile
    }
  }
}

function descendantsOf(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function childrenOf(pid: number): readonly number[] {
  const tasks = `/proc/${String(pid)}/task`;
  try {
    return readdirSync(tasks)
      .flatMap((task) => readFileSync(`${tasks}/${task}/children`, 'utf8').split(' '))
      .map(Number)
      .filter((child) => child > 0);
  } catch {
    return [];
  }
}
