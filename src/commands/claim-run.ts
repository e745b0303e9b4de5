import { discardManifests, writeManifests, type RemovalOptions } from '../bucket/manifests.ts';
import { Pace } from '../bucket/pace.ts';
import { nextSequence, publishRun } from '../bucket/run-ledger.ts';
import { conversionOptions, prefixes, type Config } from '../config.ts';
import { MANIFEST_VERSION, type Manifest } from '../contract/manifest.ts';
import { runName } from '../contract/naming.ts';
import type { RunRecord } from '../contract/run-record.ts';
import type { ConvertPlan } from '../plan/convert-plan.ts';
import type { Interrupts } from '../ports.ts';
import type { Snapshot, SnapshotDeps } from './snapshot.ts';

const SECOND_MS = 1000;
/** S3 takes 3,500 writes a second below one prefix, those of workers included. @see docs/scale.md */
const MANIFESTS_PER_SECOND = 3_000;

/** What a claim needs. */
type ClaimDeps = SnapshotDeps & Pick<Interrupts, 'kill'>;

/**
 * Writes the plan's manifests and claims their files by publishing the run. `taken`: somebody else published a run since the
 * snapshot was taken; nothing of this one is left, plan again.
 */
export async function claimRun(
  deps: ClaimDeps,
  config: Config,
  { runs }: Pick<Snapshot, 'runs'>,
  plan: ConvertPlan,
): Promise<RunRecord | 'taken'> {
  const createdAt = deps.clock.now();
  const run = await writeUnderFreeName(deps, config, plan, createdAt);
  const record = await publishRun(deps.store, config.cogPrefix, {
    sequence: nextSequence(runs.map((view) => view.record)),
    run,
    runner: config.runner,
    state: 'published',
    createdAt: createdAt.toISOString(),
    // now: the manifests of a large run take minutes, and an owner that is silent for so long counts as dead
    heartbeatAt: deps.clock.now().toISOString(),
    owner: deps.processes.own,
    jobs: plan.jobs.length,
    files: plan.files,
    bytes: plan.bytes,
    jobSizes: Array.from(
      { length: plan.jobs.length },
      (_, at) => [plan.jobs.filesIn(at), plan.jobs.bytesIn(at)] as const,
    ),
    broken: [],
    options: conversionOptions(config),
    submissions: [],
  });
  if (record === 'taken') {
    await discardManifests(deps.store, config.cogPrefix, { run, jobs: plan.jobs.length }, removal(deps));
    deps.reporter.progress(null);
  }
  return record;
}

/** Two people may start in the same second; the later one takes the next. */
async function writeUnderFreeName(
  deps: ClaimDeps,
  config: Config,
  plan: ConvertPlan,
  createdAt: Date,
): Promise<string> {
  for (let later = 0; ; later += SECOND_MS) {
    const run = runName(config.batchJobName, new Date(createdAt.getTime() + later));
    const written = await writeManifests(deps.store, manifests(deps, config, plan, run, createdAt), {
      ...removal(deps),
      signal: deps.stop,
      pace: new Pace(deps.clock, { perSecond: MANIFESTS_PER_SECOND }),
      onWritten: (done) => {
        deps.reporter.progress({ kind: 'count', what: 'writing manifests', done, total: plan.jobs.length });
      },
    }).finally(() => {
      deps.reporter.progress(null);
    });
    if (written === 'written') return run;
  }
}

function removal({ reporter, kill }: ClaimDeps): RemovalOptions {
  const onRemoved = (done: number, total: number): void => {
    reporter.progress({ kind: 'count', what: 'removing manifests', done, total });
  };
  return { kill, onRemoved };
}

function* manifests(
  { store }: SnapshotDeps,
  config: Config,
  { jobs }: ConvertPlan,
  run: string,
  createdAt: Date,
): Generator<Manifest> {
  let job = 0;
  for (const files of jobs) {
    job += 1;
    yield {
      version: MANIFEST_VERSION,
      run,
      job,
      createdAt: createdAt.toISOString(),
      bucket: store.bucket,
      ...prefixes(config),
      options: conversionOptions(config),
      files,
    };
  }
}
