import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanEnv } from './child.ts';

/** A stub server in a process of its own, so that its work is not counted as the measured program's. */
export interface StubProcess {
  /** `http://127.0.0.1:40123` */
  readonly url: string;
  readonly close: () => Promise<void>;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Starts `bench/list-stub.ts` or the like with its settings; it prints its port once it answers, and ends with its stdin. */
export async function startStub(program: string, settings: object): Promise<StubProcess> {
  const child = spawn(process.execPath, ['script/run.mjs', program, JSON.stringify(settings)], {
    cwd: ROOT,
    env: cleanEnv(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}
