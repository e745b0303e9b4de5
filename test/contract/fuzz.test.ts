import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContractError } from '../../src/contract/contract-error.ts';
import { parseManifest, serialiseManifest } from '../../src/contract/manifest.ts';
import { parseResult, serialiseResult } from '../../src/contract/result.ts';
import { parseRunRecord, serialiseRunRecord } from '../../src/contract/run-record.ts';
import { anyText, MANIFEST, RESULT, RUN_RECORD } from './documents.ts';

/** A parser and its inverse: what it accepts must come back unchanged. */
const documents: readonly [string, string, (text: string) => string][] = [
  ['manifest', serialiseManifest(MANIFEST), (text) => serialiseManifest(parseManifest(text))],
  ['result', serialiseResult(RESULT), (text) => serialiseResult(parseResult(text))],
  ['run record', serialiseRunRecord(RUN_RECORD), (text) => serialiseRunRecord(parseRunRecord(text))],
];

/** Paths of all values inside: `['files', '0', 'source']`. */
function pathsIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [
    [],
    ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner).map((path) => [key, ...path])),
  ];
}

function replaced(value: unknown, path: readonly string[], by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  const copy: Record<string, unknown> = Array.isArray(value)
    ? (value.slice() as never)
    : { ...(value as object) };
  copy[key] = replaced(copy[key], rest, by);
  return copy;
}

/** The same damage in every run; more of it once with a larger number. */
const BOUNDED = { seed: 20240115, numRuns: 300 };

/** Stands for nesting that no recursive writer survives; fast-check's own would not either. */
const DEEP = '@deep';
const deep = `${'{"a":['.repeat(5_000)}1${']}'.repeat(5_000)}`;
const oddValue = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(undefined, null, '', [], {}, -1, 1e308, 2 ** 53, [[]], [null], 'x'.repeat(100_000), DEEP),
);

/** Parsed, or refused in words; anything else is a crash of whoever reads the bucket. */
function survives(readAgain: (text: string) => string, text: string): void {
  let read: string;
  try {
    read = readAgain(text);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    expect(error.message.length).toBeLessThan(1000);
    return;
  }
  expect(readAgain(read)).toBe(read);
}

describe.each(documents)('a damaged %s', (_name, text, readAgain) => {
  it('with other values in its fields is read or refused in words', () => {
    const document = JSON.parse(text) as unknown;
    const change = fc.tuple(fc.constantFrom(...pathsIn(document)), oddValue);
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
        const changed = changes.reduce((value, [path, by]) => replacedWhereThere(value, path, by), document);
        const damaged = JSON.stringify({ changed }).slice('{"changed":'.length, -1);
        survives(readAgain, damaged.replaceAll(`"${DEEP}"`, deep));
      }),
      BOUNDED,
    );
  });

  it('cut, doubled or with odd bytes inside is read or refused in words', () => {
    const at = fc.integer({ min: 0, max: text.length });
    fc.assert(
      fc.property(at, at, anyText, (from, to, odd) => {
        survives(readAgain, text.slice(0, from) + odd + text.slice(to));
      }),
      BOUNDED,
    );
  });
});

/** An earlier change may have taken the place away; then this one replaces the whole. */
function replacedWhereThere(value: unknown, path: readonly string[], by: unknown): unknown {
  let inner: unknown = value;
  for (const key of path.slice(0, -1)) {
    if (typeof inner !== 'object' || inner === null) return by;
    inner = (inner as Record<string, unknown>)[key];
  }
  return typeof inner === 'object' && inner !== null ? replaced(value, path, by) : by;
}
