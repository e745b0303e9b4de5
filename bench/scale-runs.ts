import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConvertReport, FailuresReport, JobsReport, StatusReport } from '../src/commands/reports.ts';
import { CLI, measureNode, type Used } from './child.ts';
import { callsTo, openAwsStub, type AwsStub, type Calls } from './open-aws-stub.ts';
import { FEWER_FOR_PYTHON, pythonFigure, pythonTool } from './python-tool.ts';
import { medians, type Figure, type Scale, type ScaleRow } from './scale-row.ts';
import { failedFiles, FILES_PER_JOB, type World } from './scale-world.ts';

/** What a call of S3 or Batch takes. */
const LATENCY_MS = 30;
/** The Python tool itself on 100,000 pending rasters with this latency, measured once on two such cores. */
const PYTHON_CONVERT = { seconds: 152, calls: 4102 };

/** Submitting and reporting, against a stub of S3 and Batch in a process of its own. */
export const RUN_ROWS: readonly ScaleRow[] = [
  { name: 'convert', what: '`convert`, 100,000 pending, 30 ms a call', run: measureConvert },
  { name: 'jobs', what: '`jobs`, one run of 10,000 children, 4,000 of them done', run: measureJobs },
  { name: 'reports', what: '500,000 files in 10,000 results', run: (scale) => measureReports(scale, 1) },
  {
    name: 'reports-4-runs',
    what: '2,000,000 files in 40,000 results',
    run: (scale) => measureReports(scale, 4),
  },
];

const NOTHING = { runs: 0, jobsPerRun: 0, resultsPerRun: 0, ended: true };

async function measureConvert(scale: Scale): Promise<readonly Figure[]> {
  const sources = scale.small ? 1_000 : 100_000;
  const wanted = sources / FILES_PER_JOB;
  const world = { ...NOTHING, sources };
  const figures = await medians(scale, () =>
    withStub(scale, world, async (at) => {
      const { report, used, calls } = await command<ConvertReport>(at, 'convert');
      if (report.files !== sources || report.jobs.length !== wanted)
        throw new Error('convert planned wrongly');
      return {
        wall: used.wallSeconds,
        puts: calls['S3 PUT'] ?? 0,
        batch: callsTo(calls, 'Batch'),
        s3: callsTo(calls, 'S3'),
      };
    }),
  );
  return [
    { what: 'wall', value: figures.wall, unit: 's' },
    { what: 'Python tool / wall', value: PYTHON_CONVERT.seconds / figures.wall, unit: 'x', least: 20 },
    ...(await pythonWall(scale, sources, figures.wall)),
    { what: 'PUTs (2,000 of them manifests)', value: figures.puts, unit: 'calls' },
    {
      what: `S3 calls (Python tool: ${String(PYTHON_CONVERT.calls)} in all)`,
      value: figures.s3,
      unit: 'calls',
    },
    { what: 'Batch calls', value: figures.batch, unit: 'calls', most: 5 },
  ];
}

/** How many times as long the Python way takes. */
async function pythonWall(scale: Scale, sources: number, own: number): Promise<readonly Figure[]> {
  const fewer = sources / FEWER_FOR_PYTHON;
  return await pythonFigure(scale, { what: 'Python tool rebuilt / wall', own, least: 20 }, async () => {
    const world = { ...NOTHING, sources: fewer };
    const used = await withStub(scale, world, ({ env }) => pythonTool('convert', env, fewer));
    return used?.wallSeconds;
  });
}

async function measureJobs(scale: Scale): Promise<readonly Figure[]> {
  const [jobs, done] = scale.small ? [400, 50] : [10_000, 4_000];
  const world = {
    sources: jobs * FILES_PER_JOB,
    runs: 1,
    jobsPerRun: jobs,
    resultsPerRun: done,
    ended: false,
  };
  const figures = await medians(scale, () =>
    withStub(scale, world, async (at) => {
      const first = await command<JobsReport>(at, 'jobs');
      const again = await command<JobsReport>(at, 'jobs');
      for (const { report } of [first, again]) {
        const running = report.byState.find(({ state }) => state === 'RUNNING')?.count;
        if (report.total !== jobs || running !== 64) throw new Error('jobs told wrongly');
      }
      return {
        batch: callsTo(first.calls, 'Batch'),
        peak: first.used.peakMiB,
        wall: first.used.wallSeconds,
        again: again.used.wallSeconds,
        againPeak: again.used.peakMiB,
      };
    }),
  );
  return [
    { what: 'Batch calls', value: figures.batch, unit: 'calls', most: 10 },
    { what: 'first look: wall', value: figures.wall, unit: 's' },
    { what: 'first look: peak memory', value: figures.peak, unit: 'MiB', most: 100 },
    { what: 'later looks: wall', value: figures.again, unit: 's' },
    { what: 'later looks: peak memory', value: figures.againPeak, unit: 'MiB', most: 100 },
  ];
}

async function measureReports(scale: Scale, runs: number): Promise<readonly Figure[]> {
  const jobs = scale.small ? 20 : 10_000;
  const world = {
    sources: runs * jobs * FILES_PER_JOB,
    runs,
    jobsPerRun: jobs,
    resultsPerRun: jobs,
    ended: true,
  };
  return withStub(scale, world, async (at) => {
    const cold = await command<StatusReport>(at, 'status');
    const elsewhere = await command<StatusReport>(
      { ...at, env: { ...at.env, OUTPUT_DIR: `${at.folder}/other` } },
      'status',
    );
    const warm = await command<StatusReport>(at, 'status');
    const failures = await command<FailuresReport>(at, 'failures');
    const failed = failedFiles(world);
    const isRight = [cold, elsewhere, warm].every(
      ({ report }) => report.failed === failed && report.pending === failed,
    );
    if (!isRight || failures.report.total !== failed) throw new Error('failures are told wrongly');
    return [
      ...looked('`status`, the first look of all', cold),
      ...looked('`status`, from another machine', elsewhere),
      ...looked('`status`, again', warm),
      ...looked('`failures`', failures),
    ];
  });
}

function looked(what: string, { used, calls }: Ran<unknown>): Figure[] {
  return [
    { what: `${what}: documents read`, value: calls['S3 GET'] ?? 0, unit: 'calls' },
    { what: `${what}: wall`, value: used.wallSeconds, unit: 's' },
    { what: `${what}: peak memory`, value: used.peakMiB, unit: 'MiB' },
  ];
}

interface Place {
  readonly stub: AwsStub;
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
}

async function withStub<T>({ small }: Scale, world: World, work: (at: Place) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cogconv-bench-'));
  const stub = await openAwsStub({ world, latencyMs: small ? 0 : LATENCY_MS });
  try {
    return await work({ stub, folder, env: { ...stub.env, OUTPUT_DIR: join(folder, 'lists') } });
  } finally {
    await stub.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Ran<Report> {
  readonly report: Report;
  readonly used: Used;
  readonly calls: Calls;
}

async function command<Report>({ stub, env }: Place, name: string): Promise<Ran<Report>> {
  const used = await measureNode([CLI, name, '--json'], env);
  const { data } = JSON.parse(used.stdout) as { readonly data: Report };
  return { report: data, used, calls: await stub.calls() };
}
