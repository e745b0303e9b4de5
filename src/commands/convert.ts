import { abandonedManifests, removeAbandoned } from '../bucket/abandoned.ts';
import { listDocuments } from '../bucket/documents.ts';
import { settleOrphans } from '../bucket/orphans.ts';
import { readRunRecords } from '../bucket/run-ledger.ts';
import { conversionOptions, type Config } from '../config.ts';
import type { RunRecord } from '../contract/run-record.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { planConvert, type ConvertPlan, type LeftOutReason } from '../plan/convert-plan.ts';
import type { PackLimits } from '../plan/pack.ts';
import { scaleAdvice } from '../plan/scale-advice.ts';
import { claimRun } from './claim-run.ts';
import type { Outcome } from './outcome.ts';
import type { ConvertReport, RunOutcome } from './reports.ts';
import { driveRun, type DriveDeps } from './drive-run.ts';
import { selectionOf } from './selection.ts';
import { surveyContext, takeSnapshot, type Snapshot } from './snapshot.ts';

const GIB = 1024 ** 3;

/** What the user asked of this one `convert` beyond the settings. */
export interface ConvertWishes {
  /** Renew COGs that are older than their source. */
  readonly stale: boolean;
  /** Try files again that failed for good. */
  readonly retryFailed: boolean;
  readonly limit: number | null;
  /** Only these source keys. */
  readonly keys: ReadonlySet<string> | null;
  /** Not these source keys: they were converted a moment ago. */
  readonly without?: ReadonlySet<string>;
  /** Watch a Batch run to its end (a local run always is). */
  readonly wait: boolean;
}

/**
 * `cogconv convert`: plans, claims and starts a run. Exit 3 when files failed, or were left out for a reason that no later
 * `convert` mends by itself.
 */
export async function convert(
  deps: DriveDeps,
  config: Config,
  wishes: ConvertWishes,
): Promise<Outcome<ConvertReport>> {
  if (!config.dryRun) await settle(deps, config);
  for (;;) {
    const snapshot = await takeSnapshot(deps, config, selectionOf(config, wishes.keys));
    const plan = planOf(snapshot, config, wishes);
    if (wishes.keys === null) warnOfNothing(deps, config, snapshot);
    if (config.runner === 'batch') advise(deps, config, plan);
    if (config.dryRun || plan.files === 0) return reported(deps, config, plan, null, null);
    await deps.checkReady(config.runner);
    const record = await claimRun(deps, config, snapshot, plan);
    if (record !== 'taken') {
      return reported(deps, config, plan, record, await driveRun(deps, config, record, wishes.wait));
    }
    deps.reporter.note('another convert started at the same moment; planning again without its files');
  }
}

/**
 * What earlier ones that were killed left: their workers end within moments, and until then their files are held; manifests that
 * they did not publish are removed.
 */
async function settle(deps: DriveDeps, config: Config): Promise<void> {
  const { store, clock, reporter, stop } = deps;
  const documents = await listDocuments(store, config.cogPrefix, stop);
  const records = await readRunRecords(store, config.cogPrefix, { documents, signal: stop });
  await settleOrphans(
    surveyContext(deps, config),
    { records, documents },
    {
      signal: stop,
      onWaiting: (workers) => {
        reporter.note(`waiting for ${String(workers)} worker(s) of a convert that was killed`);
      },
    },
  );
  const abandoned = abandonedManifests(documents, config.cogPrefix, records, clock.now());
  const onDone = (done: number): void => {
    reporter.progress({ kind: 'count', what: 'removing old manifests', done, total: abandoned.length });
  };
  await removeAbandoned(store, abandoned, { signal: stop, onDone });
  reporter.progress(null);
}

/** What this `convert` would do now. */
export function planOf(
  { inventory, inFlight, history }: Snapshot,
  config: Config,
  wishes: ConvertWishes,
): ConvertPlan {
  const options = conversionOptions(config);
  return planConvert({ ...wishes, inventory, options, inFlight, history, ...packLimits(config) });
}

/** How many local jobs run at once is the machine's to say, so their shares stay equal. */
function packLimits({ filesPerJob, jobMaxGb, runner, maxVcpus, jobVcpus }: Config): PackLimits {
  return {
    filesPerJob,
    maxJobBytes: jobMaxGb === null ? null : jobMaxGb * GIB,
    slots: runner === 'batch' ? Math.max(1, Math.floor(maxVcpus / jobVcpus)) : null,
  };
}

function advise({ reporter }: DriveDeps, { maxVcpus, jobVcpus }: Config, plan: ConvertPlan): void {
  const { files, bytes, jobs } = plan;
  const biggest =
    jobs.length === 0 ? { files: 0, bytes: 0 } : { files: jobs.filesIn(0), bytes: jobs.bytesIn(0) };
  for (const line of scaleAdvice({ files, bytes, jobs: jobs.length, biggest, maxVcpus, jobVcpus })) {
    reporter.warn(line);
  }
}

function warnOfNothing({ reporter, store }: DriveDeps, config: Config, { inventory }: Snapshot): void {
  const { sources, leftOut } = inventory;
  if (sources.count > 0) return;
  const filtered =
    leftOut.count > 0 ? ` that the filters let through (${String(leftOut.count)} are left out)` : '';
  reporter.warn(`there is no raster below ${store.describe(config.sourcePrefix)}${filtered}`);
}

function reported(
  { store, stop }: DriveDeps,
  config: Config,
  plan: ConvertPlan,
  record: RunRecord | null,
  outcome: RunOutcome | null,
): Outcome<ConvertReport> {
  const isInterrupted = stop.aborted;
  const report = {
    dryRun: config.dryRun,
    source: store.describe(config.sourcePrefix),
    destination: store.describe(config.cogPrefix),
    runner: config.runner,
    run: record?.run ?? null,
    jobs: Array.from({ length: plan.jobs.length }, (_, at) => ({
      name: record === null ? `job ${String(at + 1)}` : `${record.run}-${String(at + 1)}`,
      files: plan.jobs.filesIn(at),
      bytes: plan.jobs.bytesIn(at),
    })),
    files: plan.files,
    bytes: plan.bytes,
    options: conversionOptions(config),
    leftOut: plan.leftOut,
    canary: null,
    outcome,
    interrupted: isInterrupted,
  };
  return { report, exitCode: isInterrupted ? EXIT.interrupted : exitCodeFor(plan, outcome) };
}

/** Files in flight are somebody's already; these are nobody's until the user acts. */
const NEED_THE_USER: readonly LeftOutReason[] = ['known-failure', 'collision', 'key-too-long', 'not-found'];

function exitCodeFor({ leftOut }: ConvertPlan, outcome: RunOutcome | null): ExitCode {
  if (outcome !== null && outcome.failed + outcome.unfinished > 0) return EXIT.someFailed;
  return leftOut.some(({ why }) => NEED_THE_USER.includes(why)) ? EXIT.someFailed : EXIT.done;
}
