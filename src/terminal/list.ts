import type { ListReport } from '../commands/reports.ts';
import { printable } from './layout.ts';
import { count, size } from './units.ts';

/** Count, path of the full list, and the first entries, as the Python tool printed. */
export function renderList({ source, total, file, first }: ListReport): string[] {
  const more = total.count - first.length;
  return [
    `Found ${count(total.count, 'raw TIFF')} in ${source} (${size(total.bytes)})`,
    `Full list: ${file}`,
    ...(first.length === 0 ? [] : ['', `First ${String(first.length)}:`]),
    ...first.map(({ key, sizeBytes }) => `  ${printable(key)} (${size(sizeBytes)})`),
    ...(more > 0 ? [`  ... and ${String(more)} more`] : []),
  ];
}
