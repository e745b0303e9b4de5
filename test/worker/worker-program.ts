import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MANIFEST, SOURCES, type Lab } from './worker-lab.ts';

const worker = fileURLToPath(new URL('../../dist/worker.mjs', import.meta.url));

/** The GDAL program that stands-in call. */
export const REAL = spawnSync('sh', ['-c', 'command -v gdal_translate'], { encoding: 'utf8' }).stdout.trim();

/** Answers the worker's questions about the version, then does `script`. */
export const translateThat = (script: string): string =>
  `case "$1" in --*) exec ${REAL} "$@";; esac\n${script}`;

/** The built worker on a lab's manifest, with a scratch folder and a PATH of its own. */
export class WorkerProgram {
  readonly scratch: string;
  /** Stands on the PATH before GDAL. */
  readonly bin: string;
  readonly #lab: Lab;

  constructor(lab: Lab) {
    this.#lab = lab;
    this.scratch = join(lab.folder, 'scratch');
    this.bin = join(lab.folder, 'bin');
    for (const folder of [this.scratch, this.bin, join(lab.folder, SOURCES)]) mkdirSync(folder);
  }

  /** A program on the worker's PATH before the real one; for gdal_translate no server stands in. */
  standIn(name: string, script: string): void {
    if (name === 'gdal_translate') this.standIn('python3', 'exit 1');
    writeFileSync(join(this.bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(this.bin, name), 0o755);
  }

  /** Of a program that tells its process id in the file `started` and then hangs. */
  get hanging(): string {
    const { folder } = this.#lab;
    return `echo $$ > ${folder}/pid\nmv ${folder}/pid ${folder}/started\nexec sleep 600`;
  }

  environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    const path = `${this.bin}:${process.env['PATH'] ?? ''}`;
    const { folder } = this.#lab;
    return { PATH: path, S3_BUCKET: folder, MANIFEST_KEY: MANIFEST, SCRATCH_DIR: this.scratch, ...extra };
  }

  run(extra: Readonly<Record<string, string>> = {}): { status: number | null; stderr: string } {
    return spawnSync(process.execPath, [worker], { env: this.environment(extra), encoding: 'utf8' });
  }

  /** `launcher`: a program, with arguments, that runs the worker. */
  start(
    extra: Readonly<Record<string, string>> = {},
    stdio: StdioOptions = 'ignore',
    launcher: readonly string[] = [],
  ): ChildProcess {
    const [program, ...args] = [...launcher, process.execPath, worker] as const;
    return spawn(program, args, { env: this.environment(extra), stdio, cwd: this.#lab.folder });
  }

  /** Resolves once one of the stand-ins has made this file in the lab's folder. */
  async made(name: string): Promise<void> {
    const watcher = watch(this.#lab.folder);
    try {
      while (!existsSync(join(this.#lab.folder, name))) await once(watcher, 'change');
    } finally {
      watcher.close();
    }
  }
}

/** Whether it still does something: a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*Z/m.test(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  } catch {
    return false;
  }
}
