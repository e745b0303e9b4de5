import { cogKey, type Prefixes } from '../contract/naming.ts';
import { Column } from './column.ts';
import type { KeyLog } from './key-log.ts';
import { rowsOf, type Rows } from './rows.ts';
import { TargetTable } from './target-table.ts';

const STATES = ['pending', 'has-cog', 'stale', 'collides'] as const;
/** What a source is by its target. */
export type SourceState = (typeof STATES)[number];

/** Sources compared with COGs, by the sources' numbers. */
export interface Matches {
  stateAt(ordinal: number): SourceState;
  /** ETags of the COGs that are older than their source. */
  readonly staleCogs: ReadonlyMap<number, string>;
  /** Sources of one target each, in key order of their first. */
  readonly groups: Rows<readonly number[]>;
}

const HAS_COG = 1;
const STALE = 2;
const COLLIDES = 3;

/** Finds for every source whether its COG exists, is older, or would be another source's too. */
export function matchTargets(sources: KeyLog, hashes: Column, cogs: KeyLog, prefixes: Prefixes): Matches {
  const states = new Uint8Array(sources.length);
  const reader = sources.reader();
  const table = new TargetTable(hashes, (ordinal) => cogKey(reader.keyAt(ordinal), prefixes));
  const pairs = collide(table, sources.length);
  const staleCogs = markCogs(states, table, sources, cogs);
  for (let at = 0; at < pairs.first.length; at++) {
    for (const ordinal of [pairs.first.at(at), pairs.other.at(at)]) {
      states[ordinal] = COLLIDES;
      staleCogs.delete(ordinal);
    }
  }
  return {
    stateAt: (ordinal) => STATES[states[ordinal] ?? 0] ?? 'pending',
    staleCogs,
    groups: groupsOf(pairs),
  };
}

/** Sources with the target of an earlier one: `other` has that of `first`. */
interface Pairs {
  readonly first: Column;
  readonly other: Column;
}

function collide(table: TargetTable, count: number): Pairs {
  const pairs = { first: Column.ofUint32(), other: Column.ofUint32() };
  for (let ordinal = 0; ordinal < count; ordinal++) {
    const first = table.add(ordinal);
    if (first === null) continue;
    pairs.first.push(first);
    pairs.other.push(ordinal);
  }
  return pairs;
}

function markCogs(
  states: Uint8Array,
  table: TargetTable,
  sources: KeyLog,
  cogs: KeyLog,
): Map<number, string> {
  const stale = new Map<number, string>();
  const cogReader = cogs.reader();
  const sourceReader = sources.reader();
  for (let cog = 0; cog < cogs.length; cog++) {
    const ordinal = table.find(cogReader.keyAt(cog));
    if (ordinal === null) continue;
    const isStale = sourceReader.modifiedMsAt(ordinal) > cogReader.modifiedMsAt(cog);
    states[ordinal] = isStale ? STALE : HAS_COG;
    if (isStale) stale.set(ordinal, cogReader.at(cog).etag);
  }
  return stale;
}

/** Pairs come in the order of `other`; sorted by `first`, each group is one stretch. */
function groupsOf({ first, other }: Pairs): Rows<readonly number[]> {
  const order = new BigUint64Array(first.length);
  for (let at = 0; at < order.length; at++) order[at] = (BigInt(first.at(at)) << 32n) | BigInt(other.at(at));
  order.sort();
  const starts = Column.ofUint32();
  order.forEach((pair, at) => {
    if (at === 0 || pair >> 32n !== (order[at - 1] ?? 0n) >> 32n) starts.push(at);
  });
  return rowsOf(starts.length, (index) => {
    const from = starts.at(index);
    const to = index + 1 < starts.length ? starts.at(index + 1) : order.length;
    const pairs = [...order.subarray(from, to)];
    return [Number((pairs[0] ?? 0n) >> 32n), ...pairs.map((pair) => Number(pair & 0xffffffffn))];
  });
}
