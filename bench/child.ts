import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The built program, as users run it. */
export const CLI = fileURLToPath(new URL('../dist/main.js', import.meta.url));

const USAGE = fileURLToPath(new URL('usage.mjs', import.meta.url));

/** `(node:123) MaxListenersExceededWarning: ...`: nothing that a user should see. */
const NODE_WARNS = /^\(node:\d+\)/m;

/** What a program used, start and end included. */
export interface Used {
  readonly wallSeconds: number;
  /** User and system, all threads. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly stdout: string;
}

/** Nothing of the caller's environment but where programs are: no profile, no settings, no `NODE_OPTIONS`. */
export function cleanEnv(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'], ...more };
}

/** Runs a Node program to its end and says what it used, by its own count at its end. @throws Error when it fails, or Node warns of it */
export async function measureNode(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Used> {
  const started = performance.now();
  const child = spawn(process.execPath, ['--import', USAGE, ...args], {
    env: cleanEnv(env),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  // `stdio` asks for three pipes that the child alone writes to.
  const [, out, err, usage] = child.stdio as readonly unknown[] as readonly [
    null,
    Readable,
    Readable,
    Readable,
  ];
  const [stdout, stderr, used, [exitCode]] = await Promise.all([
    text(out),
    text(err),
    text(usage),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  const wallSeconds = (performance.now() - started) / 1000;
  if (exitCode !== 0 || NODE_WARNS.test(stderr))
    throw new Error(`${args.join(' ')} ended with ${String(exitCode)}:\n${stderr}`);
  const { cpuMicros, peakKiB } = JSON.parse(used) as { cpuMicros: number; peakKiB: number };
  return { wallSeconds, cpuSeconds: cpuMicros / 1e6, peakMiB: peakKiB / 1024, stdout };
}

/** Seconds from the start of a Node program to its end; nothing is loaded into it. @throws Error when it fails */
export async function wallOfNode(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { env: cleanEnv(env), stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume();
  const [exitCode] = (await once(child, 'close')) as [number | null];
  if (exitCode !== 0) throw new Error(`${args.join(' ')} ended with ${String(exitCode)}`);
  return (performance.now() - started) / 1000;
}
