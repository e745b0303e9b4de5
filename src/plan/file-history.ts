import { isPermanent, type FailureCode, type FailureReason } from '../contract/failures.ts';
import { jobName } from '../contract/naming.ts';
import type { ConversionOptions } from '../contract/options.ts';
import type { FileResult, JobResult, Warning } from '../contract/result.ts';

/** The last failure of a source that has not been converted since. */
export interface FileFailure {
  readonly source: string;
  /** Of the source that failed. */
  readonly etag: string;
  readonly reason: FailureReason;
  /** `cog-converter-20240115120000-3`. */
  readonly job: string;
  readonly options: ConversionOptions;
}

/** What a converted file was warned of. */
export interface FileWarnings {
  readonly source: string;
  readonly warnings: readonly Warning[];
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
  readonly #warned = new Map<string, readonly Warning[]>();

  /** Results of an older run must come before those of a newer one. */
  add(result: JobResult, options: ConversionOptions): void {
    const job = jobName(result.run, result.job);
    for (const file of result.files) this.#addFile(file, job, options);
  }

  /** By source; the order is that of the first failure. */
  get failures(): ReadonlyMap<string, FileFailure> {
    return this.#failures;
  }

  *warned(): IterableIterator<FileWarnings> {
    for (const [source, warnings] of this.#warned) yield { source, warnings };
  }

  /** Whether the same try of this source would surely fail again: it failed for good, and nothing that matters changed since. */
  isKnownFailure(source: string, etag: string, options: ConversionOptions): boolean {
    const failure = this.#failures.get(source);
    if (failure?.etag !== etag) return false;
    const { code } = failure.reason;
    if (!isPermanent(code) || MACHINE_FAULTS.has(code)) return false;
    return SOURCE_FAULTS.has(code) || isSameWork(failure.options, options);
  }

  #addFile(file: FileResult, job: string, options: ConversionOptions): void {
    const { source, outcome, reason, warnings } = file;
    if (outcome === 'failed' && reason !== undefined) {
      this.#failures.set(source, { source, etag: file.sourceEtag, reason, job, options });
      return;
    }
    this.#failures.delete(source);
    if (outcome !== 'converted') return;
    if (warnings.length > 0) this.#warned.set(source, warnings);
    else this.#warned.delete(source);
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
