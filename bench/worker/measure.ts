import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** A program to measure; `input` goes to its stdin. */
export interface Program {
  readonly argv: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Exit codes that are as they should be; 0 unless given. */
  readonly codes?: readonly number[];
  /** Where stdout and stderr go. */
  readonly log: string;
}

/** One run of a program with all that it starts. */
export interface Measured {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Proportional set sizes of all its processes, added up; NaN without /proc. */
  readonly peakMiB: number;
}

const SAMPLE_MS = 40;

/** The shell's `times` tells the CPU time of all that it waited for. */
const WITH_TIMES = '"$@"; code=$?; times >&3; exit $code';

/**
 * Runs a program to its end.
 * @throws Error when it ends otherwise than it should
 */
export async function measure({ argv, env, input, log, codes = [0] }: Program): Promise<Measured> {
  const output = openSync(log, 'w');
  const start = performance.now();
  const child = spawn('bash', ['-c', WITH_TIMES, 'bash', ...argv], {
    env: env ?? process.env,
    stdio: ['pipe', output, output, 'pipe'],
  });
  closeSync(output);
  child.stdin?.on('error', () => undefined).end(input);
  const times = text(child.stdio[3] as Readable);
  const sampling = new AbortController();
  const peak = peakMemory(child.pid ?? 0, sampling.signal);
  const [code] = (await once(child, 'exit')) as [number | null];
  const wallSeconds = (performance.now() - start) / 1000;
  sampling.abort();
  if (code === null || !codes.includes(code))
    throw new Error(
      `${argv.join(' ').slice(0, 200)} ended with ${String(code)}: ${readFileSync(log, 'utf8').slice(-2000)}`,
    );
  return { wallSeconds, cpuSeconds: secondsOf(await times), peakMiB: await peak };
}

/** Two lines, of the shell and of its children: `0m0.003s 0m0.001s`. */
function secondsOf(times: string): number {
  const [, children = ''] = times.trim().split('\n');
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds),
    0,
  );
}

/**
 * Reading a proportional set size walks all pages of a process and stops it meanwhile: every 40 ms that took a fifth of a core from the
 * programs measured. It is read only while they hold more of their own than at the peak so far.
 */
async function peakMemory(root: number, signal: AbortSignal): Promise<number> {
  let [peakKiB, peakOwnKiB] = [NaN, 0];
  while (!signal.aborted) {
    const tree = treeOf(root);
    const ownKiB = sumOf(tree, ownKiBOf);
    if (ownKiB > peakOwnKiB) {
      peakOwnKiB = ownKiB;
      const kiB = sumOf(tree, pssKiB);
      if (!(kiB <= peakKiB)) peakKiB = kiB;
    }
    await delay(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
  }
  return peakKiB / 1024;
}

function sumOf(pids: readonly number[], kiBOf: (pid: number) => number): number {
  return pids.reduce((sum, pid) => sum + kiBOf(pid), 0);
}

/** A process and all below it. */
function treeOf(root: number): readonly number[] {
  const parents = new Map(pids().map((pid) => [pid, parentOf(pid)]));
  const tree = new Set([root]);
  // A parent has mostly the smaller number, so that a few rounds find all.
  for (let before = 0; before !== tree.size;) {
    before = tree.size;
    for (const [pid, parent] of parents) if (tree.has(parent)) tree.add(pid);
  }
  return [...tree];
}

function pids(): readonly number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}

/** `12 (a name) S 11 ...` */
function parentOf(pid: number): number {
  return Number(/\) \S (\d+)/.exec(procFile(pid, 'stat'))?.[1]);
}

/** All but the files that it maps; the kernel keeps these counts. */
function ownKiBOf(pid: number): number {
  const status = procFile(pid, 'status');
  return [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+)/gm)].reduce((sum, [, kiB]) => sum + Number(kiB), 0);
}

function pssKiB(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(procFile(pid, 'smaps_rollup'))?.[1] ?? 0);
}

/** Empty for a process that has ended meanwhile. */
function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${String(pid)}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
