import { isPermanent, type FailureCode } from '../contract/failures.ts';
import { jobName } from '../contract/naming.ts';
import type { ConversionOptions } from '../contract/options.ts';
import { unpackKeys } from './packed-keys.ts';
import type { FailedSource, FileWarnings, ResultDigest, SlowSource } from './result-digest.ts';

/** The last failure of a source that has not been converted since. */
export interface FileFailure extends FailedSource {
  /** `cog-converter-20240115120000-3`. */
  readonly job: string;
  readonly options: ConversionOptions;
}

/** These lie in the source alone; the others may end well with other options (more memory, another codec). */
const SOURCE_FAULTS: ReadonlySet<FailureCode> = new Set(['no-crs', 'not-a-tiff', 'unreadable', 'bad-key']);

/** These depend on the machine (its disk), of which neither source nor options tell: another try costs next to nothing. */
const MACHINE_FAULTS: ReadonlySet<FailureCode> = new Set(['does-not-fit']);

/**
 * What became of each source when it was last tried. Holds only what went wrong: results come in by the number of their
 * run, and a later success removes what an earlier run left.
 */
export class FileHistory {
  readonly #failures = new Map<string, FileFailure>();
  readonly #warned = new Map<string, readonly string[]>();
  readonly #slow = new Map<string, SlowSource>();
  /** All that any of the maps ever held: of millions of sources few are in it. */
  readonly #noted = new Set<string>();
  #run = '';
  #hasOlder = false;

  /** A job's digest; those of an older run must come before those of a newer one. No source is twice in a run. */
  add(run: string, digest: ResultDigest, options: ConversionOptions): void {
    const job = jobName(run, digest.summary.job);
    if (run !== this.#run) {
      this.#run = run;
      this.#hasOlder = this.#noted.size > 0;
    }
    // A run forgets what older ones left; where they left nothing, millions of keys need not be looked at.
    if (this.#hasOlder) this.#forget(digest);
    this.#note(digest);
    for (const failed of digest.failures) this.#failures.set(failed.source, { ...failed, job, options });
    for (const { source, codes } of digest.warned) this.#warned.set(source, codes);
    for (const slow of digest.slow) this.#slow.set(slow.source, slow);
  }

  /** By source; the order is that of the first failure. */
  get failures(): ReadonlyMap<string, FileFailure> {
    return this.#failures;
  }

  *warned(): IterableIterator<FileWarnings> {
    for (const [source, codes] of this.#warned) yield { source, codes };
  }

  /** Whether any file took far longer than its bytes told when it was last tried. */
  get hasSlow(): boolean {
    return this.#slow.size > 0;
  }

  /** Seconds of a file that did so; null for any other, and for one that was replaced since. */
  slowSeconds(source: string, etag: string): number | null {
    const slow = this.#slow.get(source);
    return slow?.etag === etag ? slow.seconds : null;
  }

  /** Whether the same try of this source would surely fail again: it failed for good, and nothing that matters changed since. */
  isKnownFailure(source: string, etag: string, options: ConversionOptions): boolean {
    const failure = this.#failures.get(source);
    if (failure?.etag !== etag) return false;
    const { code } = failure.reason;
    if (!isPermanent(code) || MACHINE_FAULTS.has(code)) return false;
    return SOURCE_FAULTS.has(code) || isSameWork(failure.options, options);
  }

  #note({ failures, warned, slow }: ResultDigest): void {
    for (const list of [failures, warned, slow]) for (const { source } of list) this.#noted.add(source);
  }

  /** A skipped file keeps the warnings of the COG that is there. */
  #forget({ converted, skipped, warned, failures }: ResultDigest): void {
    for (const source of unpackKeys(converted)) {
      if (!this.#noted.has(source)) continue;
      this.#failures.delete(source);
      this.#warned.delete(source);
      this.#slow.delete(source);
    }
    for (const source of unpackKeys(skipped)) if (this.#noted.has(source)) this.#failures.delete(source);
    for (const { source } of warned) {
      this.#failures.delete(source);
      this.#slow.delete(source);
    }
    for (const { source } of failures) this.#slow.delete(source);
  }
}

function isSameWork(a: ConversionOptions, b: ConversionOptions): boolean {
  return (
    a.compression === b.compression &&
    a.predictor === b.predictor &&
    a.resampling === b.resampling &&
    a.verify === b.verify &&
    a.vcpus === b.vcpus &&
    a.memoryMiB === b.memoryMiB &&
    a.fileTimeoutSeconds === b.fileTimeoutSeconds
  );
}
