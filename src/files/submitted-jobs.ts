import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Reporter, SubmittedJob, SubmittedJobs } from '../ports.ts';
import { makeFolder } from '../storage/make-folder.ts';
import { temporaryPath } from './temporary-path.ts';

const FILE = 'submitted_jobs.json';
const LOCK_TRIES = 100;
const LOCK_PAUSE_MS = 20;

/** An entry of the file: ours, or one of the Python tool, of which only the name matters. */
type Entry = Readonly<Record<string, unknown>>;

/**
 * `submitted_jobs.json` in the status folder. It is a record for people and scripts, no command decides by it: so a file that
 * cannot be read is moved aside, and one that cannot be written is only told of.
 */
export class SubmittedJobsFile implements SubmittedJobs {
  readonly #folder: string;
  readonly #reporter: Pick<Reporter, 'warn'>;

  constructor(folder: string, reporter: Pick<Reporter, 'warn'>) {
    this.#folder = folder;
    this.#reporter = reporter;
  }

  async record(jobs: readonly SubmittedJob[]): Promise<void> {
    try {
      await makeFolder(this.#folder);
      await lock(`${this.#path}.lock`);
      try {
        await this.#replace(mergeJobs(await this.#read(), jobs));
      } finally {
        await rm(`${this.#path}.lock`, { recursive: true, force: true });
      }
    } catch (error) {
      this.#reporter.warn(`cannot write ${this.#path}: ${(error as Error).message}`);
    }
  }

  get #path(): string {
    return join(this.#folder, FILE);
  }

  async #read(): Promise<readonly Entry[]> {
    const text = await readOrNull(this.#path);
    const entries = text === null ? [] : parseEntries(text);
    if (entries !== null) return entries;
    const aside = join(this.#folder, `submitted_jobs.broken-${String(Date.now())}.json`);
    await rename(this.#path, aside);
    this.#reporter.warn(`${this.#path} is no JSON array of jobs; it was moved to ${aside} and begun anew`);
    return [];
  }

  async #replace(entries: readonly Entry[]): Promise<void> {
    const temporary = temporaryPath(this.#path);
    try {
      await writeFile(temporary, serialise(entries), { flag: 'wx' });
      await rename(temporary, this.#path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

/** The jobs take the places of entries with their names; new ones are added at the end. */
export function mergeJobs(entries: readonly Entry[], jobs: readonly SubmittedJob[]): readonly Entry[] {
  const news = new Map(jobs.map((job) => [job.jobName, job]));
  const kept = entries.map((entry) => {
    const name = typeof entry['jobName'] === 'string' ? entry['jobName'] : '';
    const job = news.get(name);
    news.delete(name);
    return job === undefined ? entry : { ...job };
  });
  return [...kept, ...[...news.values()].map((job) => ({ ...job }))];
}

/** Others hold it for milliseconds; one that is held for longer belongs to somebody who was killed. */
async function lock(path: string): Promise<void> {
  for (let tried = 0; tried < LOCK_TRIES; tried++) {
    if (await tryLock(path)) return;
    await setTimeout(LOCK_PAUSE_MS);
  }
}

async function tryLock(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** One job a line: readable, and a `diff` shows what a run added. */
function serialise(entries: readonly Entry[]): string {
  const lines = entries.map((entry) => `  ${JSON.stringify(entry)}`);
  return entries.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`;
}

function parseEntries(text: string): readonly Entry[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every(isEntry) ? value : null;
  } catch {
    return null;
  }
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
