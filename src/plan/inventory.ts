import { cogKey, hasTooLongCog, isCogName, startsWith, type CogPlace } from '../contract/naming.ts';
import { Column, valueAt } from './column.ts';
import { KeyLog } from './key-log.ts';
import { LoggedKeys } from './logged-keys.ts';
import { PageCursor, type ListedPage } from './page-cursor.ts';
import { PlannedRows } from './planned-rows.ts';
import { ExampleCounter, rowAt, rowsOf, type Examples, type Rows } from './rows.ts';
import { classifySource, type Selection } from './select.ts';
import { SidecarLists } from './sidecar-lists.ts';
import { SidecarMatcher } from './sidecars.ts';
import { hashOfTarget } from './text-hash.ts';
import {
  COLLIDES,
  HAS_COG,
  matchTargets,
  PENDING,
  STALE,
  STATES,
  UNNAMEABLE,
  type InSteps,
  type Matches,
} from './match-targets.ts';

/** What lies below the source prefix. */
interface SourceInventory {
  /** The selected sources. */
  readonly sources: { readonly count: number; readonly bytes: number };
  readonly sourceRows: LoggedKeys;
  /** Sources that the selection leaves out. */
  readonly leftOut: { readonly count: number };
  /** Rasters of 0 bytes: no sources, selected or not. */
  readonly empty: Examples;
  /** Keys of the selection that are no source. */
  readonly notFound: Examples;
}

/** Sources that would be one COG: `{target: 'cogs/x_cog.tif', sources: ['src/public_x.tif', 'src/x.tif'], selected: 1}`. */
export interface Collision {
  readonly target: string;
  /** All of them, in key order, selected or not. */
  readonly sources: readonly string[];
  /** How many of them are selected. */
  readonly selected: number;
}

/** The bucket compared with itself: `sources.count = converted + pending.length + collided.length + unnameable.length`. All rows are in key order. */
export interface Inventory extends SourceInventory {
  /** Existing COGs, of whatever source. */
  readonly cogs: { readonly count: number; readonly bytes: number };
  readonly cogRows: LoggedKeys;
  /** Existing COGs whose source is not there, whatever the selection. */
  readonly sourceless: Rows<string>;
  /** Selected sources whose COG exists, stale ones among them. */
  readonly converted: number;
  /** Selected sources without a COG. */
  readonly pending: PlannedRows;
  /** Selected sources newer than their COG; `replaces` is that COG's ETag. */
  readonly stale: PlannedRows;
  /** Selected sources whose COG exists, stale ones among them: what `OVERWRITE` does again. */
  readonly existing: PlannedRows;
  /** Over the whole source listing, whatever the selection. */
  readonly collisions: Rows<Collision>;
  /** Selected sources in a collision: neither converted nor pending, as nobody knows whose COG it would be. */
  readonly collided: PlannedRows;
  /** Selected sources without a COG of which there can be none: its key or name would be longer than the store takes. */
  readonly unnameable: PlannedRows;
}

const IS_SELECTED = 1;

/** Takes the listings page by page, in key order, and compares them at the end. */
export class InventoryBuilder {
  readonly #selection: Selection;
  readonly #cogPlace: CogPlace;
  readonly #sources = new KeyLog();
  #targetHashes = Column.ofUint32();
  readonly #selected = Column.ofUint8();
  /** Sources whose COG would have too long a key. */
  readonly #tooLong = Column.ofUint32();
  readonly #cogs = new KeyLog();
  readonly #sidecars = new SidecarLists();
  readonly #matcher = new SidecarMatcher((ordinal, source, keys) => {
    this.#sidecars.set(ordinal, source, keys);
  });
  readonly #empty = new ExampleCounter();
  readonly #wanted: Set<string> | null;
  readonly #counts = { selected: 0, selectedBytes: 0, leftOut: 0, cogBytes: 0 };

  /** @param maxNameBytes the store's */
  constructor(selection: Selection, maxNameBytes = Infinity) {
    this.#selection = selection;
    this.#cogPlace = { ...selection, maxNameBytes };
    this.#wanted = selection.keys === null ? null : new Set(selection.keys);
  }

  /** A page of the listing of the source prefix. */
  addSources(page: ListedPage): void {
    for (const object = new PageCursor(page); object.next();) this.#addSource(object);
  }

  /** A page of the listing of the COG prefix. */
  addCogs(page: ListedPage): void {
    for (const object = new PageCursor(page); object.next();) this.#addCog(object);
  }

  /** A page of a listing that covers both prefixes. */
  addAll(page: ListedPage): void {
    const { cogPrefix } = this.#selection;
    for (const object = new PageCursor(page); object.next();) {
      if (startsWith(object.keys, cogPrefix, object.start, object.end)) this.#addCog(object);
      else this.#addSource(object);
    }
  }

  /** Compares sources and COGs, in steps, as millions take seconds. */
  *finish(): InSteps<Inventory> {
    const sources = this.#finishSources();
    const hashes = this.#targetHashes;
    // of no use any more, and a tenth of the memory
    this.#targetHashes = Column.ofUint32();
    const matches = yield* matchTargets(this.#sources, hashes, this.#cogs, this.#selection);
    this.#markUnnameable(matches.states);
    const cogReader = this.#cogs.reader();
    return {
      ...sources,
      cogs: { count: this.#cogs.length, bytes: this.#counts.cogBytes },
      cogRows: new LoggedKeys(this.#cogs),
      sourceless: rowsOf(matches.sourceless.length, (at) => cogReader.keyAt(matches.sourceless.at(at))),
      ...this.#compare(matches),
    };
  }

  #finishSources(): SourceInventory {
    this.#matcher.end();
    const notFound = new ExampleCounter();
    for (const key of this.#wanted ?? []) notFound.add(key);
    return {
      sources: { count: this.#counts.selected, bytes: this.#counts.selectedBytes },
      sourceRows: new LoggedKeys(this.#sources, this.#selectedOrAll()),
      leftOut: { count: this.#counts.leftOut },
      empty: this.#empty,
      notFound,
    };
  }

  #addSource(object: PageCursor): void {
    const { keys, start, end } = object;
    const kind = classifySource(keys, object.sizeBytes, this.#selection, start, end);
    if (kind === 'empty') this.#empty.add(object.key);
    if (kind === 'other') this.#addOther(object.key);
    if (kind === 'selected' || kind === 'left-out') this.#take(object, kind === 'selected');
  }

  /** Sources that are left out are kept too: they may collide with selected ones. */
  #take(object: PageCursor, isSelected: boolean): void {
    const { keys, start, end } = object;
    this.#wanted?.delete(object.key);
    this.#counts[isSelected ? 'selected' : 'leftOut']++;
    if (isSelected) this.#counts.selectedBytes += object.sizeBytes;
    const ordinal = this.#sources.append(object);
    this.#selected.push(isSelected ? IS_SELECTED : 0);
    this.#matcher.raster(ordinal, keys, start, end);
    if (hasTooLongCog(keys, this.#cogPlace, start, end)) this.#tooLong.push(ordinal);
    this.#targetHashes.push(hashOfTarget(keys, this.#selection, start, end));
  }

  #markUnnameable(states: Uint8Array): void {
    for (let at = 0; at < this.#tooLong.length; at++) {
      const ordinal = this.#tooLong.at(at);
      if (states[ordinal] === PENDING) states[ordinal] = UNNAMEABLE;
    }
  }

  #addOther(key: string): void {
    const { sourcePrefix, cogPrefix } = this.#selection;
    if (key.startsWith(sourcePrefix) && !key.startsWith(cogPrefix)) this.#matcher.other(key);
  }

  #addCog(object: PageCursor): void {
    // A source folder may be called `manifests`: its COGs lie among cogconv's documents, which never end so.
    if (!isCogName(object.keys, object.start, object.end)) return;
    this.#cogs.append(object);
    this.#counts.cogBytes += object.sizeBytes;
  }

  #compare(matches: Matches): Omit<Inventory, keyof SourceInventory | 'cogs' | 'cogRows' | 'sourceless'> {
    const extras = { sidecars: this.#sidecars, staleCogs: matches.staleCogs };
    const { states } = matches;
    const counts = this.#countStates(states);
    const rows = (...wanted: readonly number[]): PlannedRows => {
      const count = wanted.reduce((sum, state) => sum + valueAt(counts, state), 0);
      const ordinals = this.#selectedWhere(count, (at) => wanted.includes(valueAt(states, at)));
      return new PlannedRows(ordinals, this.#sources, this.#selection, extras);
    };
    const existing = rows(HAS_COG, STALE);
    return {
      converted: existing.length,
      pending: rows(PENDING),
      stale: rows(STALE),
      existing,
      collisions: this.#collisionRows(matches),
      collided: rows(COLLIDES),
      unnameable: rows(UNNAMEABLE),
    };
  }

  #collisionRows({ groups }: Matches): Rows<Collision> {
    const isSelected = (ordinal: number): boolean => this.#selected.at(ordinal) === IS_SELECTED;
    const reader = this.#sources.reader();
    return rowsOf(groups.length, (index) => {
      const ordinals = rowAt(groups, index);
      const sources = ordinals.map((ordinal) => reader.keyAt(ordinal));
      const target = cogKey(rowAt(sources, 0), this.#selection);
      return { target, sources, selected: ordinals.filter(isSelected).length };
    });
  }

  /** How many of the selected sources are in each state. */
  #countStates(states: Uint8Array): Uint32Array {
    const counts = new Uint32Array(STATES);
    states.forEach((state, ordinal) => {
      if (this.#selected.at(ordinal) === IS_SELECTED) counts[state] = valueAt(counts, state) + 1;
    });
    return counts;
  }

  /** Numbers of the first `count` selected sources that are wanted. */
  #selectedWhere(count: number, isWanted: (ordinal: number) => boolean): Uint32Array {
    const ordinals = new Uint32Array(count);
    for (let [ordinal, at] = [0, 0]; at < count; ordinal++)
      if (this.#selected.at(ordinal) === IS_SELECTED && isWanted(ordinal)) ordinals[at++] = ordinal;
    return ordinals;
  }

  /** `null`: all sources. */
  #selectedOrAll(): Uint32Array | null {
    const { selected } = this.#counts;
    return selected === this.#sources.length ? null : this.#selectedWhere(selected, () => true);
  }
}
