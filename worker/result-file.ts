import { parseResult, serialiseResult, type JobResult } from '../src/contract/result.ts';
import { StorageError, type ObjectStore, type TextVersion } from '../src/storage/object-store.ts';

/** So often a write that met what an earlier attempt wrote is made over that. */
const MOST_TRIES = 5;

/** Another attempt has taken the job over: this one has nothing left to do. */
export class Overtaken extends StorageError {
  constructor(ours: JobResult, other: JobResult, where: string) {
    const { host, pid } = other.process;
    const who = `attempt ${String(other.attempt)} (process ${String(pid)} of ${host.replace(/ .*/s, '')})`;
    super('precondition', `${who} has taken this job over from attempt ${String(ours.attempt)}: ${where}`);
  }
}

/**
 * The result in the bucket as one attempt writes it: only ever over what this attempt read or wrote last, so that one that AWS Batch gave
 * up for lost, but that works on, never writes over the one that took its place.
 */
export class ResultFile {
  /** What an earlier attempt left; one that cannot be read is none: its COGs are found by their existence. */
  readonly earlier: JobResult | null;
  readonly #store: ObjectStore;
  readonly #key: string;
  #etag: string | null;
  #overtaken: Overtaken | undefined;

  private constructor(store: ObjectStore, key: string, found: TextVersion | null) {
    this.#store = store;
    this.#key = key;
    this.#etag = found?.etag ?? null;
    this.earlier = resultIn(found);
  }

  /** Reads what is there. @throws StorageError */
  static async open(store: ObjectStore, key: string): Promise<ResultFile> {
    return new ResultFile(store, key, await store.readVersion(key));
  }

  /** @throws Overtaken from the first time on that another attempt's result is met; StorageError */
  async write(result: JobResult): Promise<void> {
    if (this.#overtaken !== undefined) throw this.#overtaken;
    for (let tries = 1; ; tries += 1) {
      try {
        this.#etag = await this.#put(result);
        return;
      } catch (error) {
        if (!isOtherVersion(error) || tries >= MOST_TRIES) throw error;
        this.#etag = await this.#etagToReplace(result);
      }
    }
  }

  async #put(result: JobResult): Promise<string> {
    const condition = this.#etag === null ? 'if-absent' : { replaces: this.#etag };
    const options = { condition, contentType: 'application/json' } as const;
    return (await this.#store.writeText(this.#key, serialiseResult(result), options)).etag;
  }

  /** What is there instead may be our own, of a write whose answer was lost. */
  async #etagToReplace(result: JobResult): Promise<string | null> {
    const found = await this.#store.readVersion(this.#key);
    const other = resultIn(found);
    if (other === null || !isOvertaken(result, other)) return found?.etag ?? null;
    this.#overtaken = new Overtaken(result, other, this.#store.describe(this.#key));
    throw this.#overtaken;
  }
}

/** Of two that began as the same attempt, the one that meets the other's result gives way. */
function isOvertaken(ours: JobResult, other: JobResult): boolean {
  return other.attempt > ours.attempt || (other.attempt === ours.attempt && !isSameProcess(ours, other));
}

function isSameProcess({ process: a }: JobResult, { process: b }: JobResult): boolean {
  return a.host === b.host && a.pid === b.pid && a.started === b.started;
}

/** S3 says `missing` where the version to be replaced has been deleted. */
function isOtherVersion(error: unknown): boolean {
  return error instanceof StorageError && (error.fault === 'precondition' || error.fault === 'missing');
}

function resultIn(found: TextVersion | null): JobResult | null {
  if (found === null) return null;
  try {
    return parseResult(found.text);
  } catch {
    return null;
  }
}
