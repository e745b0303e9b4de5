import { mkdtempSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProgram } from './programs.ts';

/** A Docker engine that answers. */
export interface Engine {
  /** DOCKER_HOST, where it is not the system's own. */
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** The engine that answers already, else one of our own with its data in `dataRoot`, which later runs find again. */
export async function ensureEngine(dataRoot: string): Promise<Engine> {
  const { DOCKER_HOST: host } = process.env;
  const given = host === undefined ? {} : { DOCKER_HOST: host };
  if (answers(given)) return { env: given, stop: () => Promise.resolve() };
  // not below dataRoot: the path of a socket has 107 characters at most
  const folder = mkdtempSync(join(tmpdir(), 'cogconv-docker-'));
  const env = { DOCKER_HOST: `unix://${folder}/docker.sock` };
  const args = ['--data-root', dataRoot, '--exec-root', join(folder, 'exec'), '-H', env.DOCKER_HOST];
  const daemon = await startProgram('dockerd', [...args, '--pidfile', join(folder, 'pid')], {}, () =>
    answers(env),
  );
  return {
    env,
    stop: async () => {
      await daemon.stop();
      // the engine leaves its own network namespace mounted, which keeps the folder busy
      spawnSync('umount', [join(folder, 'exec/netns/default')], { stdio: 'ignore' });
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

function answers(env: NodeJS.ProcessEnv): boolean {
  return spawnSync('docker', ['version'], { stdio: 'ignore', env: { ...process.env, ...env } }).status === 0;
}
