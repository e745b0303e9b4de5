import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const PROGRAM = join(process.cwd(), 'dist/main.js');

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where the built CLI finds its AWS, and its settings. */
export type CliEnvironment = Readonly<Record<string, string>>;

/** What every `cogconv` on Batch servers of this machine needs. */
export function batchEnvironment(s3: string, batch: string, outputDir: string): CliEnvironment {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: outputDir,
    OUTPUT_DIR: outputDir,
    AWS_ENDPOINT_URL: s3,
    AWS_ENDPOINT_URL_BATCH: batch,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: 'us-east-1',
    S3_BUCKET: 'lab-rasters',
    SOURCE_PREFIX: 'raw',
    COG_PREFIX: 'cogs',
  };
}

/** Runs the built CLI to its end; `onStart` gets its pid. */
export async function cogconv(
  args: readonly string[],
  env: CliEnvironment,
  onStart: (pid: number) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.pid !== undefined) onStart(child.pid);
  const [stdout, stderr, [code]] = await Promise.all([
    child.stdout.setEncoding('utf8').toArray(),
    child.stderr.setEncoding('utf8').toArray(),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { code, stdout: stdout.join(''), stderr: stderr.join('') };
}
