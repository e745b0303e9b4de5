import type { ManifestFile } from '../contract/manifest.ts';
import { cogKey, type Prefixes } from '../contract/naming.ts';
import type { KeyLog } from './key-log.ts';
import { LoggedKeys } from './logged-keys.ts';
import type { Rows } from './rows.ts';
import type { SidecarLists } from './sidecar-lists.ts';
import type { StaleCogs } from './stale-cogs.ts';

/** A file as planned; it becomes a row of a manifest as it is. */
export type PlannedFile = ManifestFile;

/** What is known of some sources beyond their listing, by their number. */
export interface SourceExtras {
  readonly sidecars: Pick<SidecarLists, 'get'>;
  /** ETags of the stale COGs. */
  readonly staleCogs: Pick<StaleCogs, 'get'>;
}

/** Planned files in key order, made from the compact log when they are asked for. */
export class PlannedRows implements Rows<PlannedFile> {
  readonly length: number;
  /** Of all files together. */
  readonly bytes: number;
  readonly #ordinals: Uint32Array;
  readonly #log: KeyLog;
  readonly #prefixes: Prefixes;
  readonly #extras: SourceExtras;
  readonly #reader;

  constructor(ordinals: Uint32Array, log: KeyLog, prefixes: Prefixes, extras: SourceExtras) {
    this.length = ordinals.length;
    this.#ordinals = ordinals;
    this.#log = log;
    this.#prefixes = prefixes;
    this.#extras = extras;
    this.#reader = log.reader();
    let bytes = 0;
    for (const ordinal of ordinals) bytes += log.sizeAt(ordinal);
    this.bytes = bytes;
  }

  at(index: number): PlannedFile | undefined {
    const ordinal = this.#ordinals[index];
    return ordinal === undefined ? undefined : this.#row(ordinal);
  }

  /** Their keys and sizes, which cost less than whole rows. */
  get keys(): LoggedKeys {
    return new LoggedKeys(this.#log, this.#ordinals);
  }

  /** Bytes of one file, without making its row; 0 behind the end. */
  sizeAt(index: number): number {
    const ordinal = this.#ordinals[index];
    return ordinal === undefined ? 0 : this.#log.sizeAt(ordinal);
  }

  /** Both, in key order; no file may be in both. */
  with(other: PlannedRows): PlannedRows {
    const ordinals = new Uint32Array(this.length + other.length);
    ordinals.set(this.#ordinals);
    ordinals.set(other.#ordinals, this.length);
    return this.#of(ordinals.sort());
  }

  filter(isKept: (file: PlannedFile) => boolean): PlannedRows {
    return this.#of(this.#ordinals.filter((ordinal) => isKept(this.#row(ordinal))));
  }

  slice(from: number, to: number): PlannedRows {
    return this.#of(this.#ordinals.slice(from, to));
  }

  *[Symbol.iterator](): Generator<PlannedFile> {
    for (const ordinal of this.#ordinals) yield this.#row(ordinal);
  }

  #row(ordinal: number): PlannedFile {
    const { key, sizeBytes, etag } = this.#reader.at(ordinal);
    const sidecars = this.#extras.sidecars.get(ordinal, key);
    const replaces = this.#extras.staleCogs.get(ordinal);
    return {
      source: key,
      size: sizeBytes,
      etag,
      target: cogKey(key, this.#prefixes),
      ...(sidecars === undefined ? {} : { sidecars }),
      ...(replaces === undefined ? {} : { replaces }),
    };
  }

  #of(ordinals: Uint32Array): PlannedRows {
    return new PlannedRows(ordinals, this.#log, this.#prefixes, this.#extras);
  }
}
