import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { batchRunner } from '../../src/aws/batch-runner.ts';
import { createClients, type AwsClients } from '../../src/aws/clients.ts';
import { convert } from '../../src/commands/convert.ts';
import type { DriveDeps } from '../../src/commands/drive-run.ts';
import { jobs } from '../../src/commands/jobs.ts';
import { parseManifest } from '../../src/contract/manifest.ts';
import { manifestKey } from '../../src/contract/naming.ts';
import { SUBMIT_SETTINGS } from '../aws/batch-lab.ts';
import { OUTCOMES, startBatchStub, type BatchStub } from '../batch-stub/batch-stub.ts';
import { furnish } from '../batch-stub/furnish.ts';
import { environmentOf, leaves } from '../batch-stub/job-life.ts';
import { stubClock } from '../batch-stub/stub-clock.ts';
import { processHere } from '../fakes/fake-processes.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import type { Exchange } from '../iam/aws-exchange.ts';
import { startRecorder, type Recorder } from '../iam/recorder.ts';
import { configOf, Lab, PLAIN } from './lab.ts';

/** Two arrays: 10,000 jobs and 2. */
const FILES = 10_002;
const CONFIG = configOf({ S3_BUCKET: 'rasters', FILES_PER_JOB: '1' });
const ALL = { run: null, active: false, failed: false, all: true };
const SOURCES = Array.from({ length: FILES }, (_, at) => `src/${String(at).padStart(5, '0')}.tif`);
/** The pid of the `convert` that is interrupted; it has the first run. */
const VICTIM = 1;

let stub: BatchStub;
let recorder: Recorder;
let bucket: MemoryObjectStore;
let living: Set<number>;
let opened: AwsClients[];

beforeEach(async () => {
  stub = await startBatchStub();
  furnish(stub.state);
  stub.onAttempt(() => OUTCOMES.stuckSilently);
  recorder = await startRecorder(stub.endpoint);
  vi.stubEnv('AWS_ENDPOINT_URL_BATCH', recorder.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  [living, opened] = [new Set(), []];
  bucket = new MemoryObjectStore();
  for (const key of SOURCES) {
    await bucket.writeText(key, 'raster', { condition: 'always', contentType: 'image/tiff' });
  }
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const clients of opened) clients.close();
  await recorder.stop();
  await stub.close();
});

/** A `cogconv` of its own on one machine. */
class Program {
  readonly store = bucket.client();
  readonly #pid: number;
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  readonly #gone: Promise<'killed'>;
  #tellGone: (how: 'killed') => void = () => undefined;

  constructor(pid: number) {
    this.#pid = pid;
    living.add(pid);
    this.#gone = new Promise((resolve) => (this.#tellGone = resolve));
  }

  /** How many files it planned, or what it said at its end. */
  async convert(): Promise<number | string> {
    const end = convert(this.deps, CONFIG, PLAIN).then(
      ({ report }) => report.files,
      (error: unknown) => String(error),
    );
    return await Promise.race([end, this.#gone]).finally(() => living.delete(this.#pid));
  }

  /** From now on none of its calls has an effect, and what it waits for never comes. */
  readonly sigkill = (): Promise<never> => {
    this.store.onCall = () => new Promise(() => undefined);
    this.#tellGone('killed');
    return new Promise(() => undefined);
  };

  readonly ctrlC = (): void => {
    if (this.#stop.signal.aborted) this.#kill.abort();
    else this.#stop.abort();
  };

  readonly ctrlCTwice = (): void => {
    this.ctrlC();
    this.ctrlC();
  };

  get deps(): DriveDeps {
    const [clock, stop, kill] = [stubClock(stub), this.#stop.signal, this.#kill.signal];
    const clients = createClients({ region: 'us-east-1', profile: null }, { clock, stop, kill });
    opened.push(clients);
    const runner = batchRunner(clients, clock, SUBMIT_SETTINGS);
    // the lab's own clock: the stub's would move its ten thousand jobs with each manifest that waits for its turn
    const { deps } = new Lab(this.store);
    const processes = { own: processHere(this.#pid), isAlive: ({ pid }: { pid: number }) => living.has(pid) };
    return { ...deps, stop, kill, processes, runner: async () => runner };
  }
}

type Interruption = 'sigkill' | 'ctrlC' | 'ctrlCTwice';
type Moment = readonly ['called' | 'answered' | 'recorded', array: 1 | 2];

function interruptAt([when, array]: Moment, program: Program, how: Interruption): void {
  let seen = 0;
  const isSubmit = ({ path }: Exchange): boolean => path.endsWith('submitjob') && ++seen === array;
  if (when === 'called') recorder.onCall(isSubmit, program[how]);
  else if (when === 'answered') recorder.onAnswer(isSubmit, program[how]);
  else {
    // published, then told its queue, then its submits
    program.store.onCall = ({ operation, key, when: side }) => {
      const isSave = operation === 'writeText' && key.includes('/runs/') && side === 'after';
      return isSave && ++seen === 2 + array ? program[how]() : undefined;
    };
  }
}

/** Sources in the manifests that Batch's jobs will work on, one entry per row. */
async function inHand(): Promise<string[]> {
  const keys = leaves(stub.state).map((job) => {
    const { MANIFEST_KEY: key, MANIFEST_RUN: run = '', MANIFEST_FIRST: first = '' } = environmentOf(job);
    return key ?? manifestKey('cogs/', run, Number(first) + Number(job.index));
  });
  const texts = await Promise.all(keys.map((key) => bucket.readText(key)));
  return texts.flatMap((text) => parseManifest(text ?? '').files.map(({ source }) => source)).sort();
}

describe('convert of two arrays, interrupted among its submits', () => {
  it.each<[Interruption, Moment, taken: number]>([
    ['sigkill', ['called', 1], 0],
    ['sigkill', ['answered', 1], 10_000],
    ['sigkill', ['recorded', 1], 10_000],
    ['sigkill', ['called', 2], 10_000],
    ['sigkill', ['answered', 2], 10_002],
    ['ctrlC', ['called', 1], 10_000],
    ['ctrlCTwice', ['called', 1], 10_000],
    ['ctrlCTwice', ['answered', 2], 10_002],
  ])(
    'by %s with submit %j: jobs tells what Batch has, and the next one plans the rest',
    async (how, moment, taken) => {
      const victim = new Program(VICTIM);
      interruptAt(moment, victim, how);
      const end = await victim.convert();
      expect(end).toEqual(how === 'sigkill' ? 'killed' : expect.stringMatching(/^InterruptedError/));

      const { report } = await jobs(new Program(2).deps, CONFIG, ALL);
      const active = report.jobs.filter(({ state }) => state === 'SUBMITTED' || state === 'RUNNABLE');
      expect([active.length, report.total]).toEqual([taken, FILES]);
      expect(new Set(report.jobs.slice(taken).map(({ reason }) => reason))).toEqual(
        new Set(taken < FILES ? ['interrupted before it began; 0 of 1 files done'] : []),
      );

      expect(await new Program(3).convert()).toBe(FILES - taken);
      expect(await inHand()).toEqual(SOURCES);
    },
  );
});
