import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineFacts } from '../contract/machine.ts';
import type { FileResult } from '../contract/result.ts';
import type { VerifiedFile } from '../contract/verification.ts';
import type { WorkerEnd } from '../plan/worker-exit.ts';
import { killTree } from './process-tree.ts';

const OUTPUT_KEPT_BYTES = 4096;

/** The worker's program and the environment that tells it its job. */
export interface WorkerProgram {
  readonly workerFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A worker under way. */
export interface WorkerProcess {
  readonly end: Promise<WorkerEnd>;
  /** Asks it to tidy up and end (exit 75). */
  readonly stop: () => void;
  /** Ends it and all that it started, now. */
  readonly kill: () => void;
}

/**
 * Starts the worker in a process group of its own, so that a terminal's Ctrl-C reaches only the CLI. It tells each file that
 * is done over its IPC channel; when that closes, it knows that the CLI is gone, and stops.
 */
export function startWorker(
  program: WorkerProgram,
  onMessage: (message: WorkerMessage) => void,
): WorkerProcess {
  const output = openOutput();
  const child = spawnOrFail(program, output);
  if (child instanceof Error) return neverStarted(child, output);
  child.on('message', (message: unknown) => {
    if (isWorkerMessage(message)) onMessage(message);
  });
  return {
    end: endOf(child, output),
    stop: () => child.kill('SIGTERM'),
    kill: () => {
      if (child.pid !== undefined) killTree(child.pid);
    },
  };
}

/** Some failures are thrown (E2BIG), others are told by an event (EAGAIN, ENOENT). */
function spawnOrFail({ workerFile, env }: WorkerProgram, output: number): ChildProcess | Error {
  try {
    // its log of single files (stdout) says nothing that its result does not
    return spawn(process.execPath, [workerFile], {
      env,
      stdio: ['ignore', 'ignore', output, 'ipc'],
      detached: true,
    });
  } catch (error) {
    return error as Error;
  }
}

function neverStarted({ message }: Error, output: number): WorkerProcess {
  closeSync(output);
  const end = Promise.resolve({ code: null, signal: null, output: message });
  return { end, stop: () => undefined, kill: () => undefined };
}

/** A file without a name: a pipe would break when the CLI is killed, and a named file would stay. */
function openOutput(): number {
  const folder = mkdtempSync(join(tmpdir(), 'cogconv-output-'));
  try {
    return openSync(join(folder, 'output'), 'a+', 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function endOf(child: ChildProcess, output: number): Promise<WorkerEnd> {
  return new Promise((resolve) => {
    let failure = '';
    child.on('error', (error) => {
      failure = error.message;
      // a program that never started does not always close
      if (child.pid === undefined) finish(null, null);
    });
    // not `exit`: by then the last messages may still be on their way
    child.on('close', finish);
    function finish(code: number | null, signal: NodeJS.Signals | null): void {
      child.off('close', finish);
      const written = readEnd(output);
      closeSync(output);
      resolve({ code, signal, output: failure === '' ? written : failure });
    }
  });
}

function readEnd(output: number): string {
  const size = fstatSync(output).size;
  const buffer = Buffer.alloc(Math.min(size, OUTPUT_KEPT_BYTES));
  const read = readSync(output, buffer, 0, buffer.length, size - buffer.length);
  return buffer.toString('utf8', 0, read);
}

/** What a worker tells: a file that was converted (or was not), a COG that was verified, what it finds on its machine. */
export type WorkerMessage =
  | { readonly type: 'file'; readonly file: FileResult }
  | { readonly type: 'verified'; readonly verified: VerifiedFile }
  | { readonly type: 'machine'; readonly machine: MachineFacts };

/** Our own worker, bundled with this CLI, wrote the message: its kind is all that needs to be told. */
function isWorkerMessage(message: unknown): message is WorkerMessage {
  const isKind = (type: unknown): boolean => type === 'file' || type === 'verified' || type === 'machine';
  return typeof message === 'object' && message !== null && 'type' in message && isKind(message.type);
}
