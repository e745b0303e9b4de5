import fc from 'fast-check';
import { expect, it } from 'vitest';
import { overlay } from '../../src/bucket/document-cache.ts';
import { listDocuments } from '../../src/bucket/documents.ts';
import { publishRun, readRunRecords, saveRun } from '../../src/bucket/run-ledger.ts';
import { livenessOf, surveyRuns, type SurveyContext } from '../../src/bucket/survey.ts';
import { groupWarnings } from '../../src/commands/warnings.ts';
import { manifestKey, resultKey, summaryKey } from '../../src/contract/naming.ts';
import { parseResult, serialiseResult, type FileResult, type JobResult } from '../../src/contract/result.ts';
import { FileHistory } from '../../src/plan/file-history.ts';
import { viewRun } from '../../src/plan/job-views.ts';
import { summariseResult, type ResultSummary } from '../../src/plan/result-summary.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeProcesses } from '../fakes/fake-processes.ts';
import { MemoryCache } from '../fakes/memory-cache.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { COGS, failedFile, fileResult, jobResult, runRecord } from '../fakes/runs.ts';

const PLAIN = { condition: 'always', contentType: 'application/json' } as const;
const RUNS = 3;
/** Across the border of two summaries. */
const JOBS = [1, 2, 249, 250, 251];
const SIZES = Array.from({ length: 251 }, () => [2, 200] as const);
const WARNED = [{ code: 'gcps-only', message: 'kept' }];

/** One of 20 sources, so that runs meet the same ones; two per job, none twice in a run. */
const sourcesOf = (job: number): string[] =>
  [0, 1].map((n) => `src/${String(JOBS.indexOf(job) * 2 + n)}.tif`);

const ALL_SOURCES = JOBS.flatMap(sourcesOf);

const rows: readonly ((source: string) => FileResult)[] = [
  (source) => fileResult(source),
  (source) => fileResult(source, { warnings: WARNED }),
  (source) => fileResult(source, { outcome: 'skipped', cogBytes: 0 }),
  (source) => failedFile(source, 'no-crs'),
  (source) => ({ ...failedFile(source, 'timeout'), seconds: 7_200 }),
  (source) => fileResult(source, { seconds: 600 }),
];

const run = fc.integer({ min: 1, max: RUNS });
const step = fc.oneof(
  fc.record({
    do: fc.constant('result' as const),
    run,
    job: fc.constantFrom(...JOBS),
    state: fc.constantFrom('running', 'succeeded', 'failed', 'interrupted'),
    rows: fc.array(fc.nat(rows.length - 1), { maxLength: 2 }),
  }),
  fc.record({ do: fc.constant('end' as const), run }),
  fc.record({
    do: fc.constant('look' as const),
    who: fc.nat(1),
    kind: fc.constantFrom('plain', 'storing', 'dry'),
  }),
  fc.record({
    do: fc.constant('damage' as const),
    who: fc.nat(2),
    run,
    part: fc.integer({ min: 1, max: 2 }),
  }),
);

class World {
  readonly store = new MemoryObjectStore();
  readonly laptops = [new MemoryCache(), new MemoryCache()];
  attempts = 0;

  async start(): Promise<void> {
    for (let sequence = 1; sequence <= RUNS; sequence += 1) {
      const change = { sequence, run: `run-${String(sequence)}`, jobs: 251, jobSizes: SIZES };
      await publishRun(this.store, COGS, runRecord(change));
    }
  }

  async put(ofRun: number, job: number, state: string, kinds: readonly number[]): Promise<void> {
    this.attempts += 1;
    const files = kinds.map((kind, at) => rows[kind]?.(sourcesOf(job)[at] ?? '') ?? fileResult('src/x.tif'));
    const run = `run-${String(ofRun)}`;
    const result = jobResult(files, { run, job, attempt: this.attempts, state: state as JobResult['state'] });
    await this.store.writeText(resultKey(manifestKey(COGS, run, job)), serialiseResult(result), PLAIN);
  }

  /** Half of what is kept on a laptop, or in the bucket, is lost. */
  async damage(who: number, name: string): Promise<void> {
    const laptop = this.laptops[who];
    const halved = (text: string): string => text.slice(0, text.length / 2);
    const local = laptop?.texts.get(name);
    if (local !== undefined) laptop?.texts.set(name, halved(local));
    const stored = laptop === undefined ? await this.store.readText(summaryKey(COGS, name)) : null;
    if (stored !== null) await this.store.writeText(summaryKey(COGS, name), halved(stored), PLAIN);
  }

  context(who: number, kind: string): SurveyContext {
    const cache = this.laptops[who] ?? new MemoryCache();
    return {
      store: this.store,
      cogPrefix: COGS,
      processes: new FakeProcesses(),
      clock: new FakeClock('2024-01-20T00:00:00.000Z'),
      cache: kind === 'dry' ? overlay(cache) : cache,
      runnerOf: async () => null,
    };
  }

  async look(who: number, kind: string): Promise<unknown> {
    const history = new FileHistory();
    const views = [];
    const documents = await listDocuments(this.store, COGS);
    const options = { history, storeEnds: kind === 'storing' };
    for await (const { jobs } of surveyRuns(this.context(who, kind), documents, options)) views.push(...jobs);
    const failures = [...history.failures.values()].map(({ source, etag, reason, job }) =>
      [source, etag, reason.code, reason.message, job].join(' '),
    );
    const slow = ALL_SOURCES.map((source) => history.slowSeconds(source, 'e1'));
    return {
      views,
      slow,
      failures: failures.sort(),
      warnings: groupWarnings(history.warned()).map(({ count }) => count),
    };
  }

  /** The same from the results alone, with nothing kept. */
  async truth(): Promise<unknown> {
    const views = [];
    const known = new PlainHistory();
    const { processes, clock } = this.context(0, 'plain');
    for (const record of await readRunRecords(this.store, COGS)) {
      const summaries = new Map<number, ResultSummary>();
      for (const job of JOBS) {
        const text = await this.store.readText(resultKey(manifestKey(COGS, record.run, job)));
        if (text === null) continue;
        const result = parseResult(text);
        summaries.set(job, summariseResult(result));
        for (const file of result.files) known.add(file, `${record.run}-${String(job)}`);
      }
      views.push(...viewRun(record, summaries, new Map(), livenessOf(record, processes, clock.now())));
    }
    return { views, ...known.told() };
  }
}

/** What became of each file, file by file. */
class PlainHistory {
  readonly #failed = new Map<string, string>();
  readonly #warned = new Set<string>();
  readonly #times = new Map<string, number | null>();

  add({ source, sourceEtag, outcome, reason, warnings, seconds }: FileResult, job: string): void {
    if (reason === undefined) this.#failed.delete(source);
    else this.#failed.set(source, [source, sourceEtag, reason.code, reason.message, job].join(' '));
    if (outcome !== 'skipped') this.#times.set(source, seconds >= 600 ? seconds : null);
    if (outcome !== 'converted') return;
    if (warnings.length > 0) this.#warned.add(source);
    else this.#warned.delete(source);
  }

  told(): object {
    return {
      slow: ALL_SOURCES.map((source) => this.#times.get(source) ?? null),
      failures: [...this.#failed.values()].sort(),
      warnings: this.#warned.size === 0 ? [] : [this.#warned.size],
    };
  }
}

it('is the truth with caches, without them, from any laptop, whatever was written, ended or damaged between', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 30 }), async (steps) => {
      const world = new World();
      await world.start();
      for (const one of [
        ...steps,
        { do: 'look', who: 0, kind: 'storing' },
        { do: 'look', who: 2, kind: 'plain' },
      ] as const) {
        if (one.do === 'result') await world.put(one.run, one.job, one.state, one.rows);
        else if (one.do === 'end') await saveRun(world.store, COGS, one.run, { state: 'ended' });
        else if (one.do === 'damage')
          await world.damage(one.who, `0000000${String(one.run)}-${String(one.part)}`);
        else {
          const truth = await world.truth();
          expect(await world.look(one.who, one.kind)).toEqual(truth);
        }
      }
    }),
    { numRuns: 60 },
  );
}, 120_000);
