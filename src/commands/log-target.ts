import { readRunRecords } from '../bucket/run-ledger.ts';
import type { Config } from '../config.ts';
import { jobName, manifestKey, resultKey } from '../contract/naming.ts';
import type { RunRecord } from '../contract/run-record.ts';
import { ConfigError } from '../errors.ts';
import { parseJobRef } from '../plan/job-names.ts';
import { batchJobId } from '../plan/submissions.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** A job, and where both of its traces would be. */
export interface LogTarget {
  readonly name: string;
  readonly jobId: string | null;
  /** null: the run is not known. */
  readonly resultKey: string | null;
  /** Attempts of a job that broke in the end; 0 for any other. */
  readonly brokenAttempts: number;
}

/** The job that a name (`<run>-<n>`) or a Batch job id means. @throws ConfigError for one that is not there */
export async function findTarget(
  { store, stop: signal }: { readonly store: ObjectStore; readonly stop: AbortSignal },
  { cogPrefix }: Pick<Config, 'cogPrefix'>,
  text: string,
): Promise<LogTarget> {
  const ref = parseJobRef(text);
  if (ref === null)
    throw new ConfigError([
      `${JSON.stringify(text)} is no job: name it as jobs does, <run>-<n>, or by its Batch job id`,
    ]);
  const records = await readRunRecords(store, cogPrefix, { signal });
  const place = ref.kind === 'job' ? ref : placeOf(records, ref.jobId);
  if (place === null) return { name: text, jobId: text, resultKey: null, brokenAttempts: 0 };
  const record = records.find(({ run }) => run === place.run);
  if (record === undefined || place.n > record.jobs)
    throw new ConfigError([`there is no job ${text}; cogconv jobs --all lists them`]);
  return {
    name: jobName(place.run, place.n),
    jobId: batchJobId(record.submissions, place.n),
    resultKey: resultKey(manifestKey(cogPrefix, place.run, place.n)),
    brokenAttempts: record.broken.find(({ job }) => job === place.n)?.attempts ?? 0,
  };
}

/** The job of ours behind a Batch id. */
function placeOf(
  records: readonly RunRecord[],
  id: string,
): { readonly run: string; readonly n: number } | null {
  const [base, index] = id.split(':');
  for (const { run, submissions } of records) {
    const found = submissions.find(({ jobId }) => jobId === base);
    if (found !== undefined) return { run, n: found.firstJob + Number(index ?? 0) };
  }
  return null;
}
