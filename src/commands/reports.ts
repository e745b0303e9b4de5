import type { ConversionOptions } from '../contract/options.ts';
import type { RunnerName } from '../contract/run-record.ts';
import type { LeftOut } from '../plan/convert-plan.ts';
import type { FailureGroup } from '../plan/failures.ts';
import type { JobState } from '../plan/job-states.ts';
import type { StateCount } from '../plan/job-views.ts';
import type { VerifiedCog } from '../plan/verify-outcome.ts';

/** A number of files and their bytes. */
export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

/** Sources that would become one COG. */
export interface CollisionReport {
  readonly target: string;
  readonly sources: readonly string[];
}

/** `cogconv list`. */
export interface ListReport {
  readonly source: string;
  readonly total: Amount;
  /** Path of raw_tiffs.txt. */
  readonly file: string;
  /** The first ten, in key order. */
  readonly first: readonly { readonly key: string; readonly sizeBytes: number }[];
}

/** `cogconv status`. `totalRaw` = `converted` + `pending`. */
export interface StatusReport {
  readonly source: string;
  readonly destination: string;
  readonly totalRaw: number;
  readonly existingCogs: number;
  readonly converted: number;
  readonly pending: number;
  readonly progressPercent: string;
  readonly pendingBytes: number;
  readonly estimatedJobs: number;
  readonly filesPerJob: number;
  /** Of the pending ones: held by jobs under way. */
  readonly inFlight: number;
  /** Of the pending ones: the last try failed for good and nothing changed since. */
  readonly failed: number;
  /** Of the pending ones: in a collision of names. */
  readonly colliding: number;
  readonly collisions: readonly CollisionReport[];
  /** Of the pending ones: their COGs would have keys that are too long. */
  readonly tooLong: { readonly count: number; readonly examples: readonly string[] };
  /** Converted, but the source is newer than its COG. */
  readonly stale: { readonly count: number; readonly bytes: number; readonly examples: readonly string[] };
  /** 0-byte objects; never sources. */
  readonly empty: { readonly count: number; readonly examples: readonly string[] };
  /** Rasters that RASTER_TYPE or FILENAME_FILTER leaves out. */
  readonly filteredOut: number;
  /** Converted with a warning of the worker, by code. */
  readonly warned: readonly { readonly code: string; readonly count: number; readonly example: string }[];
}

/** One job of a plan. */
export interface PlannedJob {
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
}

/** What became of a run that `convert` waited for. */
export interface RunOutcome {
  readonly converted: number;
  readonly skipped: number;
  readonly failed: number;
  /** Files without an outcome: interrupted, or their job broke. */
  readonly unfinished: number;
  readonly sourceBytes: number;
  readonly cogBytes: number;
  readonly seconds: number;
  /** Why jobs ended before all of their files had an outcome; `files` are those without one. */
  readonly broken: readonly { readonly reason: string; readonly jobs: number; readonly files: number }[];
  readonly failures: readonly FailureGroup[];
  readonly warnings: readonly { readonly code: string; readonly count: number; readonly example: string }[];
}

/** What came of the sample of `convert --canary`. */
export type CanaryReport = Pick<ConvertReport, 'run' | 'files' | 'bytes' | 'outcome'>;

/** `cogconv convert`. */
export interface ConvertReport {
  readonly dryRun: boolean;
  readonly source: string;
  readonly destination: string;
  readonly runner: RunnerName;
  /** null when there was nothing to do or in a dry run. */
  readonly run: string | null;
  readonly jobs: readonly PlannedJob[];
  readonly files: number;
  readonly bytes: number;
  readonly options: ConversionOptions;
  readonly leftOut: readonly LeftOut[];
  /** null without a sample; when it did not come through, the rest of the report is of it, too. */
  readonly canary: CanaryReport | null;
  /** null when it was not waited for. */
  readonly outcome: RunOutcome | null;
  readonly interrupted: boolean;
}

/** One job of `cogconv jobs`. */
export interface JobReport {
  readonly name: string;
  readonly run: string;
  readonly jobId: string;
  readonly state: JobState;
  readonly files: number;
  readonly converted: number;
  readonly skipped: number;
  readonly failed: number;
  readonly attempts: number;
  readonly spotLosses: number;
  readonly reason: string | null;
  readonly since: string | null;
}

/** `cogconv jobs`. */
export interface JobsReport {
  readonly total: number;
  readonly byState: readonly StateCount[];
  readonly jobs: readonly JobReport[];
  /** Jobs that match but are not in `jobs`. */
  readonly more: number;
}

/** `cogconv failures`. */
export interface FailuresReport {
  readonly total: number;
  readonly groups: readonly FailureGroup[];
  /** All source keys, in key order, where one reason was asked for; else null. */
  readonly files: readonly string[] | null;
}

/** `cogconv validate`. */
export interface ValidateReport {
  readonly files: readonly {
    readonly file: string;
    readonly isCog: boolean;
    readonly problems: readonly string[];
    readonly warnings: readonly string[];
  }[];
}

/** Why COGs that the settings mean were not among those to verify. */
export interface UnverifiableReport {
  readonly why: 'not-found' | 'no-cog' | 'collision';
  readonly count: number;
  readonly examples: readonly string[];
}

/** `cogconv verify`. */
export interface VerifyReport {
  /** Where the COGs are. */
  readonly destination: string;
  readonly pixels: boolean;
  /** COGs that the settings mean; those in `files` are all of them or a sample. */
  readonly total: number;
  readonly seed: string;
  readonly counts: Readonly<Record<VerifiedCog['outcome'], number>>;
  /** In key order of the sources; COGs whose source is not there come last. */
  readonly files: readonly VerifiedCog[];
  readonly leftOut: readonly UnverifiableReport[];
  readonly interrupted: boolean;
}
