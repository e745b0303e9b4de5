import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** Runs a program to its end. @throws Error with its output unless it exits with 0 */
export function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const done = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (done.status === 0) return done.stdout;
  const output = `${done.stdout}${done.stderr}`.slice(-4_000);
  throw new Error(
    `${command} ${args.join(' ')} ended with ${String(done.status)}: ${done.error?.message ?? output}`,
  );
}

/** Whether a program can be started at all. */
export function has(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
}

/** A program in the background. */
export interface Background {
  stop(): Promise<void>;
}

const PATIENCE_MS = 180_000;
const POLL_MS = 200;

/** Starts a program and waits until it answers. It is ended with the test process anyway. */
export async function startProgram(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  answers: () => boolean | Promise<boolean>,
): Promise<Background> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  const kill = (): void => void child.kill('SIGTERM');
  process.once('exit', kill);
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-4_000)));
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${command} does not start: ${output}`);
    return answers();
  }, `${command} to answer`);
  return {
    stop: async () => {
      process.removeListener('exit', kill);
      await ended(child);
    },
  };
}

/** Polls until it holds. @throws Error after three minutes */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await delay(POLL_MS);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}
