import { describe, expect, it } from 'vitest';
import { convert } from '../../src/commands/convert.ts';
import type { DriveDeps } from '../../src/commands/drive-run.ts';
import { parseManifest } from '../../src/contract/manifest.ts';
import { manifestKey, resultKey } from '../../src/contract/naming.ts';
import { serialiseResult, type FileResult, type JobResult } from '../../src/contract/result.ts';
import type { RunRecord } from '../../src/contract/run-record.ts';
import type { JobObservation, Runner, StartHooks } from '../../src/ports.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { processHere } from '../fakes/fake-processes.ts';
import { MemoryCache } from '../fakes/memory-cache.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { RecordingReporter } from '../fakes/recording-reporter.ts';
import { fileResult, jobResult } from '../fakes/runs.ts';
import { configOf, PLAIN } from './lab.ts';

const SOURCES = Array.from({ length: 12 }, (_, at) => `src/${String(at).padStart(2, '0')}.tif`);
const CONFIG = configOf({ FILES_PER_JOB: '3', RUNNER: 'local' });
const ALWAYS = { condition: 'always', contentType: 'application/json' } as const;
const MANY = 25;

/** The process is gone: none of its code may reach the bucket any more. */
class Crash extends Error {}

/** Mulberry32: the same races in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One bucket, one machine, and what must never happen on them. */
class World {
  readonly bucket = new MemoryObjectStore();
  readonly clock = new FakeClock();
  readonly living = new Set<number>();
  /** Source -> process that has it in hand. */
  readonly held = new Map<string, number>();
  readonly wrongs: string[] = [];
  readonly #random: () => number;
  #pids = 0;

  constructor(seed: number) {
    this.#random = randomNumbers(seed);
  }

  /** A `convert` that others may overtake at every call, and that dies at its call number `crashAt`. */
  async convert(crashAt = Infinity): Promise<'done' | 'crashed'> {
    const pid = ++this.#pids;
    this.living.add(pid);
    let calls = 0;
    const store = this.bucket.client();
    store.onCall = async () => {
      if (++calls >= crashAt) this.#die(pid);
      if (!this.living.has(pid)) throw new Crash();
      for (let turns = Math.floor(this.#random() * 6); turns > 0; turns--) await Promise.resolve();
    };
    try {
      await convert(this.#depsOf(pid, store), CONFIG, PLAIN);
      return 'done';
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      return 'crashed';
    } finally {
      this.#die(pid);
    }
  }

  crashPoint(): number {
    return 1 + Math.floor(this.#random() * 90);
  }

  take(pid: number, source: string): void {
    const other = this.held.get(source);
    if (other !== undefined)
      this.wrongs.push(`${source} is in the hands of ${String(other)} and ${String(pid)}`);
    this.held.set(source, pid);
  }

  #die(pid: number): void {
    this.living.delete(pid);
    for (const [source, holder] of this.held) if (holder === pid) this.held.delete(source);
  }

  #depsOf(pid: number, store: MemoryObjectStore): DriveDeps {
    const never = new AbortController().signal;
    const runner = new WorkingRunner(this, pid, store);
    return {
      store,
      clock: this.clock,
      reporter: new RecordingReporter(),
      processes: { own: processHere(pid), isAlive: (identity) => this.living.has(identity.pid) },
      cache: new MemoryCache(),
      submitted: { record: async () => {} },
      runner: async () => runner,
      checkReady: async () => {},
      stop: never,
      kill: never,
    };
  }
}

/** Works on all jobs inside the process of the `convert`, and dies with it. */
class WorkingRunner implements Runner {
  readonly name = 'local';
  readonly #world: World;
  readonly #pid: number;
  readonly #store: MemoryObjectStore;

  constructor(world: World, pid: number, store: MemoryObjectStore) {
    this.#world = world;
    this.#pid = pid;
    this.#store = store;
  }

  async start(run: RunRecord, hooks: StartHooks): Promise<void> {
    await hooks.save({ state: 'submitted' });
    for (let n = 1; n <= run.jobs; n++) await this.#work(run, n);
    await hooks.save({ state: 'ended', broken: [] });
  }

  async observe(): Promise<ReadonlyMap<number, JobObservation>> {
    return new Map<number, JobObservation>();
  }

  async cancel(): Promise<number> {
    return 0;
  }

  async #work(run: RunRecord, job: number): Promise<void> {
    const key = manifestKey('cogs/', run.run, job);
    const { files } = parseManifest((await this.#store.readText(key)) ?? '');
    const rows: FileResult[] = [];
    const save = (state: JobResult['state']): Promise<unknown> => {
      const result = jobResult(rows, { run: run.run, job, state, process: processHere(this.#pid) });
      return this.#store.writeText(resultKey(key), serialiseResult(result), ALWAYS);
    };
    await save('running');
    for (const { source, target } of files) {
      this.#world.take(this.#pid, source);
      const existing = await this.#store.head(target);
      if (existing === null)
        await this.#store.writeText(target, source, { ...ALWAYS, condition: 'if-absent' });
      else this.#world.wrongs.push(`${source} was planned though its COG was there`);
      this.#world.held.delete(source);
      rows.push(fileResult(source));
      await save('running');
    }
    await save('succeeded');
  }
}

async function worldWithSources(seed: number): Promise<World> {
  const world = new World(seed);
  for (const source of SOURCES) await world.bucket.writeText(source, 'raster', ALWAYS);
  return world;
}

const cogsIn = ({ bucket }: World): string[] => bucket.keys.filter((key) => key.endsWith('_cog.tif'));

describe('convert, many at once', () => {
  const seeds = Array.from({ length: MANY }, (_, at) => 1000 + at);

  it('never gives one file to two', async () => {
    for (const seed of seeds) {
      const world = await worldWithSources(seed);
      expect(await Promise.all([world.convert(), world.convert(), world.convert()])).toEqual([
        'done',
        'done',
        'done',
      ]);
      expect(world.wrongs).toEqual([]);
      expect(cogsIn(world)).toHaveLength(SOURCES.length);
    }
  });

  it('loses and repeats nothing when each of them dies at some call, and is run again', async () => {
    let crashes = 0;
    for (const seed of seeds) {
      const world = await worldWithSources(seed);
      const outcomes = await Promise.all(
        Array.from({ length: 3 }, async () => [
          await world.convert(world.crashPoint()),
          await world.convert(world.crashPoint()),
        ]),
      );
      crashes += outcomes.flat().filter((outcome) => outcome === 'crashed').length;
      expect(await world.convert()).toBe('done');
      expect(world.wrongs).toEqual([]);
      expect(cogsIn(world)).toHaveLength(SOURCES.length);
    }
    expect(crashes).toBeGreaterThan(MANY);
  });

  it('survives a crash at every single call', async () => {
    for (let crashAt = 1; ; crashAt++) {
      const world = await worldWithSources(1);
      const outcome = await world.convert(crashAt);
      expect(await world.convert()).toBe('done');
      expect(world.wrongs).toEqual([]);
      expect(cogsIn(world)).toHaveLength(SOURCES.length);
      if (outcome === 'done') break;
    }
  });
});
