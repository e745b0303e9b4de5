import { overlay } from '../bucket/document-cache.ts';
import { listReports } from '../bucket/documents.ts';
import { sourcesInFlight } from '../bucket/held-sources.ts';
import { takeInventory } from '../bucket/inventory.ts';
import { surveyRuns, type RunView, type SurveyContext, type SurveyOptions } from '../bucket/survey.ts';
import type { Config } from '../config.ts';
import type { RunnerName } from '../contract/run-record.ts';
import { FileHistory } from '../plan/file-history.ts';
import type { Inventory } from '../plan/inventory.ts';
import type { Selection } from '../plan/select.ts';
import type { Clock, DocumentCache, Interrupts, Processes, Reporter, Runner } from '../ports.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** What every look at the bucket and its runs needs. */
export interface SnapshotDeps extends Pick<Interrupts, 'stop'> {
  readonly store: ObjectStore;
  readonly reporter: Reporter;
  readonly clock: Clock;
  readonly processes: Processes;
  /** What was read of the bucket before. */
  readonly cache: DocumentCache;
  runner(name: RunnerName): Promise<Runner>;
}

/** Runs and listings at about the same moment. */
export interface Snapshot {
  readonly runs: readonly RunView[];
  readonly history: FileHistory;
  readonly inventory: Inventory;
  /** Source keys that jobs under way hold. */
  readonly inFlight: ReadonlySet<string>;
}

/** Looks at the runs alone: no source and no COG is listed. */
export async function lookAtRuns(
  deps: SnapshotDeps,
  config: Config,
  options: Pick<SurveyOptions, 'isWanted' | 'history'> = {},
): Promise<readonly RunView[]> {
  const documents = await listReports(deps.store, config.cogPrefix, deps.stop);
  const runs: RunView[] = [];
  const survey = surveyRuns(surveyContext(deps, config), documents, {
    storeEnds: !config.dryRun,
    signal: deps.stop,
    onUnreadable: (problem) => {
      deps.reporter.warn(problem);
    },
    ...options,
  });
  for await (const run of survey) runs.push(run);
  return runs;
}

/** Who is asked about runs, and where what was read is kept. */
export function surveyContext(deps: SnapshotDeps, config: Config): SurveyContext {
  const { store, processes, clock } = deps;
  const runnerOf: SurveyContext['runnerOf'] = ({ runner }) => deps.runner(runner);
  const cache = config.dryRun ? overlay(deps.cache) : deps.cache;
  return { store, cogPrefix: config.cogPrefix, processes, clock, runnerOf, cache };
}

/**
 * Looks at the runs first and lists afterwards: a file whose job ends between the two is then seen as under way, or its COG
 * is seen, never neither.
 */
export async function takeSnapshot(
  deps: SnapshotDeps,
  config: Config,
  selection: Selection,
): Promise<Snapshot> {
  const history = new FileHistory();
  const runs = await lookAtRuns(deps, config, { history });
  const inFlight = new Set<string>();
  for await (const source of sourcesInFlight(surveyContext(deps, config), runs)) inFlight.add(source);
  const inventory = await takeInventory(deps.store, selection, {
    signal: deps.stop,
    onPage: (objects) => {
      deps.reporter.progress({ kind: 'count', what: 'listing', done: objects, total: null });
    },
  });
  deps.reporter.progress(null);
  return { runs, history, inFlight, inventory };
}
