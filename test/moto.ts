import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A moto server: AWS on a loopback port, empty at first. */
export interface Moto {
  /** `http://127.0.0.1:PORT`, for AWS_ENDPOINT_URL. */
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/**
 * Whether moto_server can be run (`script/bootstrap` puts it into `.venv/bin`, which the tests have on their PATH).
 * Says loudly what is left out where it cannot. @throws Error with CI=true
 */
export function hasMoto(what: string): boolean {
  if (spawnSync('moto_server', ['--help'], { stdio: 'ignore' }).status === 0) return true;
  const message = `moto_server is not on the PATH: LEFT OUT: ${what}`;
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`\n*** ${message} ***\n`);
  return false;
}

/** Starts a moto server of its own for a test file; stop it in `afterAll`. It is killed with the test process anyway. */
export async function startMoto(env: NodeJS.ProcessEnv = {}): Promise<Moto> {
  const port = await freePort();
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', kill);
  const endpoint = `http://127.0.0.1:${String(port)}`;
  await waitUntilUp(child, endpoint);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', kill);
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    kill();
    await ended;
  };
  return { endpoint, stop };
}

async function waitUntilUp(child: ChildProcess, endpoint: string): Promise<void> {
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-2000);
  });
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(endpoint))) {
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`moto_server does not start: ${output}`);
    await delay(POLL_MS);
  }
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(`${endpoint}/moto-api/data.json`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** A loopback port that nobody listens on right now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
