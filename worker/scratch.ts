import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContractError } from '../src/contract/contract-error.ts';
import { parseProcessIdentity, type ProcessIdentity } from '../src/contract/result.ts';
import { errorCode } from '../src/storage/directory-errors.ts';
import { makeFolder } from '../src/storage/make-folder.ts';
import { isAlive, ownIdentity } from '../src/storage/process-identity.ts';
import { FileFailure } from './file-failure.ts';
import { Stopped } from './resource-gate.ts';

const NAME = /^cogconv-(\d+)-([^-]+)-([0-9a-f]{8})$/;
const OWNER_FILE = 'owner.json';
/** What another attempt would meet again, unlike a full disk. */
const UNUSABLE = new Set([
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENAMETOOLONG',
  'ELOOP',
]);

/** A folder of one file, with its share of the disk. */
export interface Room {
  readonly folder: string;
  /** Whether so many more bytes are free now; they are held with the rest then. */
  tryMore(bytes: number): Promise<boolean>;
  /**
   * Holds so many more bytes; waits for them as long as another file goes on that may give some back. When all wait, the first
   * goes on with what is there: no two files wait for each other, and none is refused for what it might need.
   */
  waitForMore(bytes: number, signal: AbortSignal): Promise<void>;
  release(): Promise<void>;
}

/** The worker's temporary files: one folder per process, one folder in it per file under way. */
export class Scratch {
  readonly folder: string;
  #reservedBytes = 0;
  #inFlight = 0;
  #waiting: (() => void)[] = [];
  /** Those of the files in flight that wait for more, in the order of asking. */
  #wantMore: object[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Makes this process's folder below `root` and removes what dead workers left there.
   * @throws ContractError for a root that can never hold one
   */
  static async open(root: string): Promise<Scratch> {
    try {
      await makeFolder(root);
      await removeLeftovers(root);
      return new Scratch(await makeOwn(root));
    } catch (error) {
      if (!UNUSABLE.has(errorCode(error) ?? '')) throw error;
      const { message } = error as Error;
      throw new ContractError(
        `SCRATCH_DIR is ${JSON.stringify(root)}: it must be a folder that can be written (${message})`,
      );
    }
  }

  /**
   * A new folder with room for `bytes`; waits while other files hold the disk.
   * @throws FileFailure `does-not-fit` when the disk is smaller than that, `disk-full` when others fill it
   */
  async take(name: string, bytes: number, signal: AbortSignal): Promise<Room> {
    await this.#waitForRoom(bytes, signal);
    const folder = join(this.folder, name);
    const held = { bytes: 0 };
    const book = (more: number): void => {
      held.bytes += more;
      this.#reservedBytes += more;
    };
    book(bytes);
    this.#inFlight += 1;
    const giveBack = (): void => {
      book(-held.bytes);
      this.#inFlight -= 1;
      this.#wakeAll();
    };
    await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
      giveBack();
      throw error;
    });
    return {
      folder,
      tryMore: this.#tryMore(book),
      waitForMore: this.#waitForMore(book),
      release: () => remove(folder).finally(giveBack),
    };
  }

  #tryMore(book: (bytes: number) => void): Room['tryMore'] {
    return async (more) => {
      if (!this.#hasRoom(more, await spaceOf(this.folder))) return false;
      book(more);
      return true;
    };
  }

  #waitForMore(book: (bytes: number) => void): Room['waitForMore'] {
    return async (more, signal) => {
      if (more <= 0) return;
      const turn = {};
      this.#wantMore.push(turn);
      // the first of all that wait may be another one
      this.#wakeAll();
      try {
        await this.#untilRoomOrTurn(turn, more, signal);
        book(more);
      } finally {
        this.#wantMore = this.#wantMore.filter((one) => one !== turn);
        this.#wakeAll();
      }
    };
  }

  async #untilRoomOrTurn(turn: object, bytes: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      if (signal.aborted) throw new Stopped('stopped');
      if (this.#hasRoom(bytes, await spaceOf(this.folder))) return;
      if (this.#wantMore.length === this.#inFlight && this.#wantMore[0] === turn) return;
      await this.#untilWoken();
    }
  }

  #untilWoken(): Promise<void> {
    return new Promise((wake) => this.#waiting.push(wake));
  }

  #wakeAll(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Of its disk, whoever filled the rest. */
  async freeBytes(): Promise<number> {
    return (await spaceOf(this.folder)).freeBytes;
  }

  async close(): Promise<void> {
    await remove(this.folder);
  }

  async #waitForRoom(bytes: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      if (signal.aborted) throw new Stopped('stopped');
      // what another gives back while the disk is measured may not be in the measure
      const isAlone = this.#inFlight === 0;
      const changed = this.#untilWoken();
      const space = await spaceOf(this.folder);
      // small files that come in between would keep from it what is given back
      const isInTurn = this.#wantMore.length === 0;
      if (isInTurn && this.#hasRoom(bytes, space)) return;
      if (isAlone && this.#inFlight === 0) throw noRoom(bytes, space);
      await changed;
    }
  }

  #hasRoom(bytes: number, { freeBytes }: Space): boolean {
    return freeBytes - this.#reservedBytes >= bytes;
  }
}

async function makeOwn(root: string): Promise<string> {
  const identity = ownIdentity();
  const folder = join(root, folderName(identity));
  await makeFolder(folder, 0o700);
  await writeFile(join(folder, OWNER_FILE), JSON.stringify(identity));
  return folder;
}

async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

async function spaceOf(folder: string): Promise<Space> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

function noRoom(bytes: number, { freeBytes, totalBytes }: Space): FileFailure {
  const mib = (count: number): string => `${String(Math.ceil(count / 1024 / 1024))} MiB`;
  if (bytes > totalBytes) {
    return new FileFailure(
      'does-not-fit',
      `needs ${mib(bytes)} of scratch, the disk has ${mib(totalBytes)} in all`,
    );
  }
  return new FileFailure('disk-full', `needs ${mib(bytes)} of scratch, ${mib(freeBytes)} are free`);
}

function folderName({ host, pid, started }: ProcessIdentity): string {
  return `cogconv-${String(pid)}-${started.replaceAll('-', 'x')}-${hostHash(host)}`;
}

function hostHash(host: string): string {
  return createHash('sha256').update(host).digest('hex').slice(0, 8);
}

async function removeLeftovers(root: string): Promise<void> {
  const names = (await readdir(root)).filter((name) => NAME.test(name));
  for (const name of names) {
    const folder = join(root, name);
    // another worker may remove the same one at the same time
    if (await isLeftover(folder, name))
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** The name tells a process of this host; the owner file is for one of an earlier boot. */
async function isLeftover(folder: string, name: string): Promise<boolean> {
  const [, pid = '', started = '', hash] = NAME.exec(name) ?? [];
  const { host } = ownIdentity();
  if (hash === hostHash(host)) {
    return isAlive({ host, pid: Number(pid), started: started === 'x' ? '-' : started }) === false;
  }
  try {
    return (
      isAlive(parseProcessIdentity(JSON.parse(await readFile(join(folder, OWNER_FILE), 'utf8')))) === false
    );
  } catch {
    return false;
  }
}
