import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeInventory } from '../src/bucket/inventory.ts';
import { writeCogList, writePendingList, writeSourceList } from '../src/files/status-lists.ts';
import { packJobs } from '../src/plan/pack.ts';
import { SYNTHETIC, syntheticStore } from './synthetic-store.ts';

const SOURCES = 1_000_000;
const SMALL_SOURCES = 20_000;
const SELECTION = { ...SYNTHETIC, rasterType: 'both', filenameFilter: null, keys: null } as const;

/**
 * Planning alone, without S3: `npm run bench -- plan [SOURCES]`, with half as many COGs. Prints CPU seconds of each step (the time
 * that the synthetic listing itself takes is shown apart) and the greatest memory so far.
 */
export async function run({
  small,
  args,
}: {
  readonly small: boolean;
  readonly args: readonly string[];
}): Promise<void> {
  const sources = Number(args[0] ?? (small ? SMALL_SOURCES : SOURCES));
  const store = syntheticStore(sources, sources / 2);
  const folder = await mkdtemp(join(tmpdir(), 'cogconv-bench-'));
  try {
    await measured('listing made', async () => {
      for (const prefix of [SYNTHETIC.sourcePrefix, SYNTHETIC.cogPrefix]) await listedIn(store.list(prefix));
    });
    const inventory = await measured('listing made and compared', () => takeInventory(store, SELECTION));
    await measured('lists written', async () => {
      await writeSourceList(folder, [inventory.sourceRows]);
      await writeCogList(folder, inventory.cogRows);
      await writePendingList(folder, inventory.pending.keys);
    });
    const jobs = await measured('packed', () =>
      packJobs(inventory.pending, { filesPerJob: 50, maxJobBytes: null, slots: 8 }),
    );
    const rows = await measured('rows made', () => filesIn(jobs));
    if (inventory.converted !== sources / 2 || rows !== sources / 2) throw new Error('wrong counts');
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function listedIn(pages: AsyncIterable<{ readonly length: number }>): Promise<number> {
  let objects = 0;
  for await (const page of pages) objects += page.length;
  return objects;
}

function filesIn(jobs: Iterable<readonly unknown[]>): number {
  let files = 0;
  for (const job of jobs) files += job.length;
  return files;
}

async function measured<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const memory = (process.resourceUsage().maxRSS / 1024).toFixed(0);
  process.stdout.write(
    `${name.padEnd(28)}${((user + system) / 1e6).toFixed(2).padStart(7)} s CPU   ${memory.padStart(5)} MiB\n`,
  );
  return result;
}
