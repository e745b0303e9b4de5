import { cogKey, isCogOf, type Prefixes } from '../contract/naming.ts';
import { Column, valueAt } from './column.ts';
import type { KeyLog, KeyLogReader } from './key-log.ts';
import { rowsOf, type Rows } from './rows.ts';
import { StaleCogs } from './stale-cogs.ts';
import { TargetTable } from './target-table.ts';
import { hashOfCog } from './text-hash.ts';

/** What a source is by its target: no COG yet. */
export const PENDING = 0;
/** Its COG exists and is not older. */
export const HAS_COG = 1;
/** Its COG exists and is older. */
export const STALE = 2;
/** Its target is another source's too. */
export const COLLIDES = 3;
/** No COG, and none can be: its key would be too long. */
export const UNNAMEABLE = 4;
/** How many of these there are. */
export const STATES = 5;

/** Sources compared with COGs, by the sources' numbers. */
export interface Matches {
  /** `PENDING` ... of each source. */
  readonly states: Uint8Array;
  /** ETags of the COGs that are older than their source. */
  readonly staleCogs: StaleCogs;
  /** COGs that no source would become. */
  readonly sourceless: Column;
  /** Sources of one target each, in key order of their first. */
  readonly groups: Rows<readonly number[]>;
}

/** Work on so many keys takes some tens of milliseconds. */
const KEYS_PER_STEP = 1 << 16;

/** Work in steps, between which the caller may look up: at a signal, at other work. */
export type InSteps<T> = Generator<undefined, T, undefined>;

/** Finds for every source whether its COG exists, is older, or would be another source's too. */
export function* matchTargets(
  sources: KeyLog,
  hashes: Column,
  cogs: KeyLog,
  prefixes: Prefixes,
): InSteps<Matches> {
  const states = new Uint8Array(sources.length);
  const reader = sources.reader();
  const table = new TargetTable(hashes, (ordinal) => cogKey(reader.keyAt(ordinal), prefixes));
  const pairs = yield* collide(table, sources.length);
  const sourceless = Column.ofUint32();
  const staleCogs = new StaleCogs(sources.length, cogs);
  yield* markCogs({ states, table, sources: reader, sourceless, staleCogs, prefixes }, cogs);
  for (let at = 0; at < pairs.first.length; at++) {
    for (const ordinal of [pairs.first.at(at), pairs.other.at(at)]) {
      states[ordinal] = COLLIDES;
      staleCogs.delete(ordinal);
    }
  }
  return { states, staleCogs, sourceless, groups: groupsOf(pairs) };
}

/** Sources with the target of an earlier one: `other` has that of `first`. */
interface Pairs {
  readonly first: Column;
  readonly other: Column;
}

function* collide(table: TargetTable, count: number): InSteps<Pairs> {
  const pairs = { first: Column.ofUint32(), other: Column.ofUint32() };
  for (let ordinal = 0; ordinal < count; ordinal++) {
    if (ordinal % KEYS_PER_STEP === 0) yield;
    const first = table.add(ordinal);
    if (first === null) continue;
    pairs.first.push(first);
    pairs.other.push(ordinal);
  }
  return pairs;
}

interface Marking extends Pick<Matches, 'states' | 'sourceless' | 'staleCogs'> {
  readonly table: TargetTable;
  readonly sources: KeyLogReader;
  readonly prefixes: Prefixes;
}

function* markCogs(
  { states, sourceless, staleCogs, table, sources, prefixes }: Marking,
  cogs: KeyLog,
): InSteps<void> {
  const cogReader = cogs.reader();
  for (let cog = 0; cog < cogs.length; cog++) {
    if (cog % KEYS_PER_STEP === 0) yield;
    const key = cogReader.keyAt(cog);
    const isCogAt = (source: number): boolean => isCogOf(key, sources.keyAt(source), prefixes);
    const ordinal = table.find(hashOfCog(key, prefixes), isCogAt);
    if (ordinal === null) {
      sourceless.push(cog);
      continue;
    }
    const isStale = sources.modifiedMsAt(ordinal) > cogReader.modifiedMsAt(cog);
    states[ordinal] = isStale ? STALE : HAS_COG;
    if (isStale) staleCogs.set(ordinal, cog);
  }
}

/** Sorted by `first`, and within it as they came, each group is one stretch of the pairs. */
function groupsOf({ first, other }: Pairs): Rows<readonly number[]> {
  const order = Uint32Array.from({ length: first.length }, (_, at) => at);
  order.sort((a, b) => first.at(a) - first.at(b) || a - b);
  const firstAt = (at: number): number => first.at(valueAt(order, at));
  const starts = Column.ofUint32();
  order.forEach((_, at) => {
    if (at === 0 || firstAt(at) !== firstAt(at - 1)) starts.push(at);
  });
  const groups = starts.length;
  starts.push(order.length);
  return rowsOf(groups, (index) => {
    const stretch = order.subarray(starts.at(index), starts.at(index + 1));
    return [firstAt(starts.at(index)), ...Array.from(stretch, (pair) => other.at(pair))];
  });
}
