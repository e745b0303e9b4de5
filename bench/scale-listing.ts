import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLI, measureNode, type Used } from './child.ts';
import { PREFIXES, SHAPES, type Shape } from './key-shapes.ts';
import { openListStub, type ListStub, type ListStubSettings } from './open-list-stub.ts';
import { FEWER_FOR_PYTHON, pythonFigure, pythonTool } from './python-tool.ts';
import { medians, type Figure, type Scale, type ScaleRow } from './scale-row.ts';

const RECEIVE = fileURLToPath(new URL('receive.mjs', import.meta.url));
const MILLION = 1_000_000;
const SMALL = 20_000;

/** The Python tool itself on the same keys, measured once on two such cores; its way rebuilt is measured in the same run where boto3 is. */
const PYTHON = { listCpuSeconds: 112, statusCpuSeconds: 166 };

async function listMillion(scale: Scale): Promise<readonly Figure[]> {
  const sources = scale.small ? SMALL : MILLION;
  return await withStub({ shape: 'numbered', sources, cogs: 0, latencyMs: 0 }, async (stub) => {
    const { cpu, receiving, peak } = await medians(scale, async () => {
      const received = await receive(stub, [[PREFIXES.sourcePrefix, 0, sources]]);
      const listed = await runCli(['list'], stub);
      expectCount(listed, 'total', sources);
      return { cpu: listed.cpuSeconds, receiving: received.cpuSeconds, peak: listed.peakMiB };
    });
    return [
      { what: 'CPU', value: cpu, unit: 's', most: PYTHON.listCpuSeconds / 15 },
      ...(await pythonCpu(scale, 'list', { sources, cogs: 0 }, { own: cpu, least: 15 })),
      { what: 'CPU / receiving the bytes', value: cpu / receiving, unit: 'x', most: 6 },
      { what: 'peak memory', value: peak, unit: 'MiB' },
    ];
  });
}

async function statusMillion(scale: Scale): Promise<readonly Figure[]> {
  const sources = scale.small ? SMALL : MILLION;
  const settings = { shape: 'numbered', sources, cogs: sources / 2, latencyMs: 0 } as const;
  return await withStub(settings, async (stub) => {
    const { cpu, peak, wall } = await medians(scale, () => status(stub, settings));
    return [
      { what: 'CPU', value: cpu, unit: 's', most: PYTHON.statusCpuSeconds / 12 },
      ...(await pythonCpu(scale, 'status', settings, { own: cpu, least: 12 })),
      { what: 'peak memory', value: peak, unit: 'MiB', most: 250 },
      { what: 'wall', value: wall, unit: 's' },
    ];
  });
}

/** How many times as much CPU the Python way takes. */
async function pythonCpu(
  scale: Scale,
  command: 'list' | 'status',
  { sources, cogs }: Pick<ListStubSettings, 'sources' | 'cogs'>,
  bar: { readonly own: number; readonly least: number },
): Promise<readonly Figure[]> {
  const fewer = { sources: sources / FEWER_FOR_PYTHON, cogs: cogs / FEWER_FOR_PYTHON };
  const files = command === 'list' ? fewer.sources : fewer.sources - fewer.cogs;
  const figure = { what: 'CPU of the Python tool rebuilt / CPU', ...bar };
  return await withStub({ shape: 'numbered', ...fewer, latencyMs: 0 }, (stub) =>
    pythonFigure(scale, figure, async () => {
      const used = await inFolder(stub, (env) => pythonTool(command, env, files));
      return used?.cpuSeconds;
    }),
  );
}

/** Ten times as much once: flat in memory, and no key takes longer than one of a million. */
async function statusTenMillion(scale: Scale): Promise<readonly Figure[]> {
  const [sources, fewer] = scale.small ? [2 * SMALL, SMALL] : [10 * MILLION, MILLION];
  const onceOf = (count: number): Promise<Measured> => {
    const settings = { shape: 'numbered', sources: count, cogs: count / 2, latencyMs: 0 } as const;
    return withStub(settings, (stub) => status(stub, settings));
  };
  const [large, small] = [await onceOf(sources), await onceOf(fewer)];
  const perKey = large.cpu / sources / (small.cpu / fewer);
  return [
    { what: 'CPU', value: large.cpu, unit: 's' },
    { what: 'CPU per key / that of 1,000,000', value: perKey, unit: 'x', most: 1.2 },
    { what: 'peak memory', value: large.peak, unit: 'MiB', most: 1024 },
  ];
}

async function planTenMillion(scale: Scale): Promise<readonly Figure[]> {
  const sources = scale.small ? SMALL : 10 * MILLION;
  const settings = { shape: 'numbered', sources, cogs: sources / 2, latencyMs: 0 } as const;
  return await withStub(settings, async (stub) => {
    const used = await runCli(['convert', '--dry-run'], stub);
    expectCount(used, 'files', sources / 2);
    return [
      { what: 'CPU', value: used.cpuSeconds, unit: 's' },
      { what: 'peak memory', value: used.peakMiB, unit: 'MiB', most: 1024 },
    ];
  });
}

/** Both listings of `status` where each answer takes 60 ms, against one page after the other, of which the first ones are timed. */
async function statusDelayed(scale: Scale, shape: Shape): Promise<readonly Figure[]> {
  const sources = scale.small ? SMALL : MILLION;
  const settings = { shape, sources, cogs: sources / 2, latencyMs: 60 };
  const timedKeys = scale.small ? 2000 : 50_000;
  return await withStub(settings, async (stub) => {
    const { wall, alone } = await medians(scale, async () => {
      const timed = await receive(stub, [[PREFIXES.sourcePrefix, sources / 2, sources / 2 + timedKeys]]);
      return { wall: (await status(stub, settings)).wall, alone: timed.wallSeconds / timedKeys };
    });
    const { mostAtOnce } = await stub.stats();
    if (mostAtOnce > 32) throw new Error(`${String(mostAtOnce)} requests at once`);
    return [
      { what: 'wall', value: wall, unit: 's' },
      {
        what: 'one page after the other / wall',
        value: (alone * 1.5 * sources) / wall,
        unit: 'x',
        least: 12,
      },
    ];
  });
}

const DELAYED_ROWS = SHAPES.map((shape) => ({
  name: `status-delayed-${shape}`,
  what: `\`status\`, 1,000,000 + 500,000 keys, 60 ms a page, ${shape}`,
  run: (scale: Scale): Promise<readonly Figure[]> => statusDelayed(scale, shape),
}));

export const LISTING_ROWS: readonly ScaleRow[] = [
  { name: 'list', what: '`list`, 1,000,000 keys, pages at once', run: listMillion },
  { name: 'status', what: '`status`, 1,000,000 + 500,000 keys, pages at once', run: statusMillion },
  ...DELAYED_ROWS,
  { name: 'status-large', what: '`status`, 10,000,000 + 5,000,000 keys (once)', run: statusTenMillion },
  {
    name: 'plan-large',
    what: '`convert --dry-run`, 10,000,000 + 5,000,000 keys (once)',
    run: planTenMillion,
  },
];

interface Measured {
  readonly cpu: number;
  readonly peak: number;
  readonly wall: number;
}

/** Runs `status --json` and proves its counts. */
export async function status(stub: ListStub, { sources, cogs }: ListStubSettings): Promise<Measured> {
  const used = await runCli(['status'], stub);
  expectCount(used, 'totalRaw', sources);
  expectCount(used, 'existingCogs', cogs);
  expectCount(used, 'converted', cogs);
  return { cpu: used.cpuSeconds, peak: used.peakMiB, wall: used.wallSeconds };
}

/** Opens a stub for as long as `work` takes. */
export async function withStub<T>(
  settings: ListStubSettings,
  work: (stub: ListStub) => Promise<T>,
): Promise<T> {
  const stub = await openListStub(settings);
  try {
    return await work(stub);
  } finally {
    await stub.close();
  }
}

/** Receives keys of a prefix, by their numbers in the bucket, page after page. */
export async function receive(
  { url }: ListStub,
  ranges: readonly (readonly [prefix: string, from: number, to: number])[],
): Promise<Used> {
  return await measureNode([RECEIVE, url, ...ranges.map((range) => range.join(','))]);
}

async function runCli(command: readonly string[], stub: ListStub): Promise<Used> {
  return await inFolder(stub, (env) => measureNode([CLI, ...command, '--json'], env));
}

/** The environment of a command on the stub, with a status folder of its own. */
async function inFolder<T>(
  { url }: ListStub,
  work: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cogconv-bench-'));
  const env = {
    ...{ AWS_ENDPOINT_URL: url, AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' },
    ...{ S3_BUCKET: 'bench', OUTPUT_DIR: folder, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' },
  };
  try {
    return await work(env);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function expectCount({ stdout }: Used, name: string, count: number): void {
  const { data } = JSON.parse(stdout) as { data: Record<string, number | { readonly count: number }> };
  const value = data[name];
  const counted = typeof value === 'object' ? value.count : value;
  if (counted !== count) throw new Error(`${name} is ${String(counted)}, not ${String(count)}`);
}
