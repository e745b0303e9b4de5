import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startRecorder, type Recorder } from '../../iam/recorder.ts';
import { startMoto } from '../../moto.ts';
import { ensureBaseImages, NODE_IMAGE, pointAt } from './base-images.ts';
import { ensureEngine, type Engine } from './engine.ts';
import { connectDefaultVpc } from './network.ts';
import { has } from './programs.ts';
import { startRegistry } from './registry.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** Base images, the engine's and the registry's data outlive a run; git ignores them. */
const cache = join(root, '.scratch/lab');

const TOOLS = ['dockerd', 'docker', 'docker-registry', 'mmdebstrap', 'moto_server', 'gdal_translate'];

/** Whether the lab can be built here; says loudly what is left out. @throws Error with CI=true */
export function hasLab(what: string): boolean {
  const missing = TOOLS.filter((tool) => !has(tool));
  const problems = [
    ...(missing.length === 0 ? [] : [`${missing.join(', ')} not on the PATH`]),
    ...(process.getuid?.() === 0 ? [] : ['not root']),
  ];
  if (problems.length === 0) return true;
  const message = `${problems.join('; ')}: LEFT OUT: ${what}`;
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`\n*** ${message} ***\n`);
  return false;
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** AWS on this machine: moto with real containers, a real engine and a real registry. */
export interface Lab {
  readonly endpoint: string;
  /** What the CLI and the worker asked of AWS. A subcommand signs with its own name, the worker with `worker`. */
  readonly recorder: Recorder;
  /** DOCKER_HOST. */
  readonly engine: NodeJS.ProcessEnv;
  /** A folder of its own, removed at the end. */
  readonly folder: string;
  /** Runs the built CLI with the lab's settings; `onStart` gets its pid. */
  cogconv(args: readonly string[], env?: NodeJS.ProcessEnv, onStart?: (pid: number) => void): Promise<Ended>;
  stop(): Promise<void>;
}

/** Starts everything; base images are built once and kept. */
export async function startLab(settings: NodeJS.ProcessEnv): Promise<Lab> {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'cogconv-lab-'));
  const engine = await ensureEngine(join(cache, 'docker'));
  ensureBaseImages(cache, engine.env);
  const moto = await startMoto({
    ...engine.env,
    MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
    MOTO_DOCKER_NETWORK_MODE: 'host',
  });
  await connectDefaultVpc(moto.endpoint);
  const registry = await startRegistry(join(cache, 'registry'), moto.endpoint);
  const recorder = await startRecorder(moto.endpoint);
  const gdalImage = pointAt(recorder.endpoint, 'lab', engine.env);
  const env = { ...environment(recorder.endpoint, engine, gdalImage, folder), ...settings };
  return {
    endpoint: moto.endpoint,
    recorder,
    engine: engine.env,
    folder,
    cogconv: (args, more = {}, onStart) =>
      execute(args, { ...env, AWS_ACCESS_KEY_ID: args[0], ...more }, folder, onStart),
    stop: async () => {
      await recorder.stop();
      await registry.stop();
      await moto.stop();
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function environment(endpoint: string, engine: Engine, gdalImage: string, folder: string): NodeJS.ProcessEnv {
  return {
    ...engine.env,
    AWS_ENDPOINT_URL: endpoint,
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_REGION: 'us-east-1',
    GDAL_IMAGE: gdalImage,
    NODE_IMAGE,
    OUTPUT_DIR: join(folder, 'cog_status'),
  };
}

function execute(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  onStart?: (pid: number) => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'dist/main.js'), ...args], {
      cwd,
      env: { PATH: process.env['PATH'], HOME: cwd, ...env },
    });
    if (child.pid !== undefined) onStart?.(child.pid);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
    child.stdin.end();
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}
