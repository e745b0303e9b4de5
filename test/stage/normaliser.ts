import { root, type Stage } from './stage.ts';

/** Takes out of a text what no two runs have in common, and puts it back into what is typed. */
export interface Normaliser {
  /** What a command printed, with the run's names, ids, times and folders by ones that stay. */
  normalised(text: string): string;
  /** A typed line with the run's own names. */
  actual(line: string): string;
}

/** By something that stays: each pattern keeps the width of columns. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?=(?:\.\d{3})?Z)/g, '2024-01-15T12:00:00'],
  [/(?<=T12:00:00)\.\d{3}(?=Z)/g, '.000'],
  [/(?<= in )(?:\d+ h )?(?:\d+ min )?\d+ s(?=:)/g, '1 s'],
  [/(?<=became )[\d.]+ [KMG]?B/g, '<size>'],
  [/(?<= has | raster of )[\d.]+ GB/g, '<size>'],
  [/(?<=GDAL )\d+\.\d+\S*(?= with the COG driver)/g, '<version>'],
  [/TIFFFetchDirectory:[^"\n]*/g, '<words of GDAL>'],
  [/(?<="(?:seconds|cogBytes|time|pid)": ?)[\d.]+/g, '1'],
  [/(?<= for )\d+(?= min)/g, '1'],
  [/(?<=, request )[A-Za-z0-9]{12,}/g, '<id>'],
  [/(?<=worker-)[0-9a-f]{8,}/g, '<content>'],
  [/sha256:[0-9a-f]{64}/g, 'sha256:<digest>'],
  [/(?<=127\.0\.0\.1:)\d{5}/g, '<port>'],
];

/** Kinds of names that are random; each gets the next of the names that stay, in the order of their first appearance. */
const NAMED: readonly (readonly [RegExp, (nth: number) => string])[] = [
  [/(?<=cog-converter-)\d{14}/g, (nth) => String(20240115120000 + nth * 100)],
  ...['subnet', 'sg'].map(
    (kind) =>
      [
        new RegExp(`(?<=\\b${kind}-)[0-9a-f]{8,17}\\b`, 'g'),
        (nth: number) => String(nth + 1).padStart(8, '0'),
      ] as const,
  ),
];

/** For all commands of one transcript: the same name is the same in all of them. */
export function normaliser({ folder, home }: Stage): Normaliser {
  const kinds = NAMED.map(([pattern, name]) => ({ pattern, name, known: new Map<string, string>() }));
  const stable = (text: string, { pattern, name, known }: (typeof kinds)[number]): string => {
    for (const found of text.match(pattern) ?? []) {
      if (!known.has(found)) known.set(found, name(known.size));
    }
    return text.replace(pattern, (found) => known.get(found) ?? found);
  };
  return {
    normalised: (text) => {
      const placed = text.replaceAll(folder, '/home/me').replaceAll(home, '~').replaceAll(root, '<cogconv>/');
      const varied = VARYING.reduce((changed, [pattern, by]) => changed.replace(pattern, by), placed);
      return kinds.reduce(stable, varied);
    },
    actual: (line) =>
      kinds
        .flatMap(({ known }) => [...known])
        .reduce((text, [found, name]) => text.replaceAll(name, found), line),
  };
}
