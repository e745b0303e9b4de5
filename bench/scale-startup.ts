import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI, wallOfNode } from './child.ts';
import { medians, type Figure, type Scale, type ScaleRow } from './scale-row.ts';

/** Starts take a tenth of a second and vary as much as that; a median of so many of them is one measurement. */
const STARTS = 9;

/** What a user waits before anything happens, in units of Node's own start. */
export const STARTUP_ROWS: readonly ScaleRow[] = [
  {
    name: 'help',
    what: '`cogconv --help`',
    run: (scale: Scale): Promise<readonly Figure[]> =>
      compared(scale, 1.6, () => wallOfNode([CLI, '--help'])),
  },
  {
    name: 'status-empty',
    what: '`cogconv status` on an empty directory',
    run: async (scale: Scale): Promise<readonly Figure[]> => {
      const folder = await mkdtemp(join(tmpdir(), 'cogconv-bench-'));
      const env = { S3_BUCKET: join(folder, 'bucket'), OUTPUT_DIR: join(folder, 'lists') };
      await mkdir(env.S3_BUCKET);
      try {
        return await compared(scale, 2.5, () => wallOfNode([CLI, 'status'], env));
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  },
];

async function compared(
  scale: Scale,
  most: number,
  start: () => Promise<number>,
): Promise<readonly Figure[]> {
  const starts = { ...scale, runs: scale.small ? 1 : STARTS * scale.runs };
  // One after the other in turn, so that both see the same machine.
  const { node, cogconv } = await medians(starts, async () => ({
    node: await wallOfNode(['-e', '0']),
    cogconv: await start(),
  }));
  return [
    { what: 'wall', value: cogconv, unit: 's' },
    { what: 'wall / `node -e 0`', value: cogconv / node, unit: 'x', most },
  ];
}
