import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { translateOptions, type TranslateRequest } from './gdal.ts';
import type { ProcessEnd, Running } from './run-process.ts';

/** In which a conversion is to run. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** What the server says first. */
interface Hello {
  /** `3.9.3` */
  readonly gdal: string;
}

/** Neither code nor signal: it could not be begun. */
interface Ended {
  readonly id: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** The server ended, or could not begin a conversion: that says nothing of the raster. */
export class ServerLost extends Error {
  override readonly name = 'ServerLost';
}

interface Waiting {
  readonly resolve: (end: ProcessEnd) => void;
  readonly reject: (error: ServerLost) => void;
}

const PROGRAM = fileURLToPath(new URL('gdal_server.py', import.meta.url));
const NO_OUTPUT = Buffer.alloc(0);

/**
 * A process that has GDAL loaded and makes each COG in a fork of itself: on two cores a small raster takes a quarter less CPU time than by
 * a `gdal_translate` of its own. What GDAL does is the same.
 * @see gdal_server.py
 */
export class GdalServer {
  readonly version: string;
  readonly #child: Child;
  readonly #closed: Promise<unknown>;
  readonly #waiting = new Map<number, Waiting>();
  #isUp = true;
  #isClosing = false;
  #last = 0;

  private constructor(child: Child, hello: Hello, replies: AsyncIterator<string>) {
    this.#child = child;
    this.#closed = once(child, 'close');
    this.version = hello.gdal;
    void this.#hear(replies);
  }

  /** Null where it cannot be had in time: it takes Linux, and a python3 on the PATH with GDAL's bindings. */
  static async start(surroundings: Surroundings, timeoutMs: number): Promise<GdalServer | null> {
    // elsewhere a process that has loaded system libraries must not be forked
    if (process.platform !== 'linux') return null;
    const child = open(surroundings);
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const replies = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = (await replies.next()) as { value?: string };
    clearTimeout(timer);
    const hello = helloOf(first.value);
    if (hello !== null) return new GdalServer(child, hello, replies);
    child.kill('SIGKILL');
    return null;
  }

  /** False once its process has ended: killed for want of memory, say. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Begins a conversion; its end throws `ServerLost` when the server is killed, and its processes with it. */
  translate(request: TranslateRequest, surroundings: Surroundings): Running {
    this.#last += 1;
    const id = this.#last;
    const ended = new Promise<ProcessEnd>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    const { source, output } = request;
    this.#tell({ id, source, output, options: translateOptions(request), ...surroundings });
    return {
      ended,
      kill: () => {
        this.#tell({ kill: id });
      },
    };
  }

  /** Ends it, and what is under way. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#child.stdin.end();
    await this.#closed;
  }

  #tell(message: object): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  async #hear(replies: AsyncIterator<string>): Promise<void> {
    for (let line = await replies.next(); line.done !== true; line = await replies.next()) {
      const { id, code, signal, stderr } = JSON.parse(line.value) as Ended;
      if (code === null && signal === null) this.#lose(id, stderr);
      else this.#end(id, { stdout: NO_OUTPUT, stderr, exitCode: code, exitSignal: signal });
    }
    this.#isUp = false;
    for (const id of this.#waiting.keys()) {
      if (this.#isClosing)
        this.#end(id, { stdout: NO_OUTPUT, stderr: '', exitCode: null, exitSignal: 'SIGKILL' });
      else this.#lose(id, "GDAL's server ended");
    }
  }

  #end(id: number, end: ProcessEnd): void {
    this.#waiting.get(id)?.resolve(end);
    this.#waiting.delete(id);
  }

  #lose(id: number, why: string): void {
    this.#waiting.get(id)?.reject(new ServerLost(why));
    this.#waiting.delete(id);
  }
}

/** Null for what another program might say. */
function helloOf(line = ''): Hello | null {
  return /^\{"gdal": "[^"]+"\}$/.test(line) ? (JSON.parse(line) as Hello) : null;
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

function open({ env, cwd }: Surroundings): Child {
  // -I: nothing of the user's own Python gets in; -B: the program's folder may be read-only
  const child = spawn('python3', ['-I', '-B', PROGRAM], {
    // without a home Python asks the system's user database for one
    env: { ...env, HOME: cwd },
    cwd,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  return child;
}
