import type { FileWarnings } from '../plan/result-digest.ts';

/** One kind of warning: `{code: 'gcps-only', count: 2, example: 'src/a.tif'}`. */
export interface WarningGroup {
  readonly code: string;
  readonly count: number;
  readonly example: string;
}

/** Counts warnings of converted files by code, most frequent first. */
export function groupWarnings(files: Iterable<FileWarnings>): WarningGroup[] {
  const groups = new Map<string, { count: number; example: string }>();
  for (const { source, codes } of files) {
    for (const code of codes) {
      const group = groups.get(code) ?? { count: 0, example: source };
      group.count += 1;
      groups.set(code, group);
    }
  }
  return [...groups].map(([code, group]) => ({ code, ...group })).sort((a, b) => b.count - a.count);
}
