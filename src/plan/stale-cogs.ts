import { valueAt } from './column.ts';
import type { KeyLog, KeyLogReader } from './key-log.ts';

/** ETags of the COGs that are older than their source, by the source's number; 4 bytes a source once there is one. */
export class StaleCogs {
  readonly #sources: number;
  readonly #cogs: KeyLogReader;
  /** The COG's number + 1; 0: it is not stale. */
  #cogOf: Uint32Array | null = null;

  /** Of so many sources, and the COGs of this log. */
  constructor(sources: number, cogs: KeyLog) {
    this.#sources = sources;
    this.#cogs = cogs.reader();
  }

  set(source: number, cog: number): void {
    this.#cogOf ??= new Uint32Array(this.#sources);
    this.#cogOf[source] = cog + 1;
  }

  delete(source: number): void {
    if (this.#cogOf !== null) this.#cogOf[source] = 0;
  }

  /** undefined for a source whose COG is not stale. */
  get(source: number): string | undefined {
    const cog = this.#cogOf === null ? 0 : valueAt(this.#cogOf, source);
    return cog === 0 ? undefined : this.#cogs.etagAt(cog - 1);
  }
}
