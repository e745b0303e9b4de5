import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** A program to run: argv only, never a shell. */
export interface ProcessRequest {
  readonly command: string;
  readonly args: readonly string[];
  /** A program, with arguments, that turns into `command`. */
  readonly launcher: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Takes stdout as it comes; `ProcessOutput.stdout` is empty then. */
  readonly onStdout?: (chunk: Buffer) => void;
}

/** What a program that ended with 0 wrote; stderr is cut to its last 16 kB. */
export interface ProcessOutput {
  readonly stdout: Buffer;
  readonly stderr: string;
}

export const PROCESS_FAULTS = ['spawn-failed', 'exited', 'killed', 'timeout', 'aborted', 'flooded'] as const;
export type ProcessFault = (typeof PROCESS_FAULTS)[number];

/**
 * A program did not end with 0. `killed`: by a signal that was not ours; `timeout` and `aborted`: by us. `flooded`: whatever
 * it ended with, it wrote more than is kept. `cause` is set for `spawn-failed` only.
 */
export class ProcessError extends Error {
  override readonly name = 'ProcessError';
  readonly kind: ProcessFault;
  readonly stderr: string;
  readonly exitCode: number | null;
  readonly exitSignal: NodeJS.Signals | null;
  constructor(
    kind: ProcessFault,
    message: string,
    facts: {
      readonly stderr?: string;
      readonly exitCode?: number | null;
      readonly exitSignal?: NodeJS.Signals | null;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, 'cause' in facts ? { cause: facts.cause } : undefined);
    this.kind = kind;
    this.stderr = facts.stderr ?? '';
    this.exitCode = facts.exitCode ?? null;
    this.exitSignal = facts.exitSignal ?? null;
  }
}

const STDERR_LIMIT_BYTES = 16 * 1024;
/** gdalinfo on 60,000 bands writes some 10 MB. */
const STDOUT_LIMIT_MIB = 64;

/**
 * Runs a program in its own process group, so that ending it ends its children too.
 * @throws ProcessError unless it exits with 0
 */
export function runProcess(request: ProcessRequest): Promise<ProcessOutput> {
  if (request.signal?.aborted)
    return Promise.reject(new ProcessError('aborted', `${request.command} not started`));
  const [program, ...args] = [...request.launcher, request.command, ...request.args];
  const child = spawn(program ?? request.command, args, {
    cwd: request.cwd,
    env: { ...request.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  offerToOomKiller(child);
  return untilEnd(
    {
      ended: endOf(child, request),
      kill: () => {
        killGroup(child);
      },
    },
    request,
  );
}

/** A program under way, however it was started. */
export interface Running {
  /** @throws ProcessError `spawn-failed`, `flooded` */
  readonly ended: Promise<ProcessEnd>;
  kill(): void;
}

export interface ProcessEnd extends ProcessOutput {
  readonly exitCode: number | null;
  readonly exitSignal: NodeJS.Signals | null;
}

/**
 * Waits for a program, and kills it when its time is over or `signal` is aborted.
 * @throws ProcessError unless it exits with 0
 */
export async function untilEnd(
  running: Running,
  request: Pick<ProcessRequest, 'command' | 'timeoutMs' | 'signal'>,
): Promise<ProcessOutput> {
  let ended: 'timeout' | 'aborted' | undefined;
  const end = (why: 'timeout' | 'aborted'): void => {
    ended ??= why;
    running.kill();
  };
  const abort = (): void => {
    end('aborted');
  };
  const timer = setTimeout(() => {
    end('timeout');
  }, request.timeoutMs);
  request.signal?.addEventListener('abort', abort, { once: true });
  if (request.signal?.aborted) abort();
  try {
    const { stdout, stderr, exitCode, exitSignal } = await running.ended;
    if (exitCode === 0 && ended === undefined) return { stdout, stderr };
    throw processError(request, ended, { stderr, exitCode, exitSignal });
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', abort);
  }
}

function endOf(child: ChildProcess, { command, onStdout }: ProcessRequest): Promise<ProcessEnd> {
  const output = collect(child, onStdout);
  return new Promise((resolve, reject) => {
    child.once('error', (cause) => {
      reject(new ProcessError('spawn-failed', `cannot start ${command}: ${cause.message}`, { cause }));
    });
    child.once('close', (exitCode, exitSignal) => {
      const all = output();
      if (all === null)
        reject(new ProcessError('flooded', `${command} wrote more than ${String(STDOUT_LIMIT_MIB)} MiB`));
      else resolve({ ...all, exitCode, exitSignal });
    });
  });
}

function processError(
  { command, timeoutMs }: Pick<ProcessRequest, 'command' | 'timeoutMs'>,
  ended: 'timeout' | 'aborted' | undefined,
  facts: {
    readonly stderr: string;
    readonly exitCode: number | null;
    readonly exitSignal: NodeJS.Signals | null;
  },
): ProcessError {
  if (ended === 'aborted') return new ProcessError('aborted', `${command} was stopped`, facts);
  if (ended === 'timeout') {
    return new ProcessError(
      'timeout',
      `${command} was ended after ${String(Math.round(timeoutMs / 1000))} s`,
      facts,
    );
  }
  if (facts.exitSignal !== null) {
    return new ProcessError('killed', `${command} was killed by ${facts.exitSignal}`, facts);
  }
  return new ProcessError('exited', `${command} ended with exit code ${String(facts.exitCode)}`, facts);
}

/** Gives null for more output than is kept. */
function collect(child: ChildProcess, onStdout: ProcessRequest['onStdout']): () => ProcessOutput | null {
  const out: Buffer[] = [];
  const mostBytes = STDOUT_LIMIT_MIB * 1024 * 1024;
  let outBytes = 0;
  let err = Buffer.alloc(0);
  const keep = (chunk: Buffer): void => {
    outBytes += chunk.length;
    if (outBytes <= mostBytes) out.push(chunk);
  };
  child.stdout?.on('data', onStdout ?? keep);
  child.stderr?.on('data', (chunk: Buffer) => {
    err = Buffer.concat([err, chunk]).subarray(-STDERR_LIMIT_BYTES);
  });
  return () => (outBytes > mostBytes ? null : { stdout: Buffer.concat(out), stderr: err.toString('utf8') });
}

/** Linux: a lack of memory is to end GDAL, which costs one file, rather than the worker, which costs the job. */
function offerToOomKiller({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) writeFileSync(`/proc/${String(pid)}/oom_score_adj`, '1000');
  } catch {
    // another system, or it has ended already
  }
}

/** A negative pid names the process group of a detached child. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended by itself meanwhile
  }
}
