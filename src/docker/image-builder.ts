import type Docker from 'dockerode';
import { Readable } from 'node:stream';
import { DockerError, InterruptedError } from '../errors.ts';
import type { BaseImages, ImageBuilder, RegistryLogin } from '../ports-deploy.ts';
import type { Reporter } from '../ports.ts';
import { dockerError } from './engine-errors.ts';
import { linesOf, parseEngineEvent, type EngineEvent } from './event-stream.ts';
import { contextHash, contextTar, readContext } from './image-context.ts';
import { progressOf } from './layer-progress.ts';

/** Batch's default instance types are x86-64; an image of another architecture dies with "exec format error". */
const PLATFORM = 'linux/amd64';
const ARCHITECTURE = 'amd64';

/** The engine that DOCKER_HOST names, else the system's; dockerode is loaded when it is first needed. */
export function dockerImageBuilder(packageDir: string, reporter: Reporter, stop: AbortSignal): ImageBuilder {
  const told = { reporter, stop };
  let engine: Promise<Docker> | null = null;
  const connect = (): Promise<Docker> => (engine ??= connectEngine());
  return {
    contentHash: async (bases) =>
      contextHash(await readContext(packageDir), { ...buildArguments(bases), PLATFORM }),
    ping: async () => {
      await attempt(stop, 'reach the engine', async () => {
        await (await connect()).ping();
      });
    },
    build: async (reference, bases) => {
      const tar = await contextTar(await readContext(packageDir));
      await attempt(stop, 'build the image', async () => build(await connect(), reference, bases, tar, told));
    },
    push: async (reference, login) =>
      attempt(stop, 'push the image', async () => push(await connect(), reference, login, told)),
  };
}

async function connectEngine(): Promise<Docker> {
  const { default: Engine } = await import('dockerode');
  return new Engine();
}

function buildArguments({ gdalImage, nodeImage }: BaseImages): Record<string, string> {
  return { GDAL_IMAGE: gdalImage, NODE_IMAGE: nodeImage };
}

/** The classic builder: every engine has it, and it needs no session with this program. */
async function build(
  engine: Docker,
  reference: string,
  bases: BaseImages,
  tar: Buffer,
  { reporter, stop }: Told,
): Promise<void> {
  const stream = await engine.buildImage(Readable.from([tar]), {
    t: reference,
    dockerfile: 'Dockerfile',
    platform: PLATFORM,
    buildargs: buildArguments(bases),
    forcerm: true,
    // a build that nobody listens to is ended by the engine
    abortSignal: stop,
  });
  const pulled = progressOf('pulling layers');
  let imageId: string | null = null;
  for await (const event of events(stream)) {
    if (event.kind === 'built') imageId = event.imageId;
    else report(event, reporter, pulled);
  }
  reporter.progress(null);
  if (imageId === null) throw new DockerError('the engine ended the build without an image');
  await requireArchitecture(engine, reference);
}

/** Lines such as ` ---> 3b49e1528548` name layers of the engine's cache; they say nothing to people. */
function report(event: EngineEvent, reporter: Reporter, pulled: ReturnType<typeof progressOf>): void {
  if (event.kind === 'layer') reporter.progress(pulled(event));
  if (event.kind === 'text' && /^(?!--->|Removing intermediate)./.test(event.text)) reporter.note(event.text);
}

async function requireArchitecture(engine: Docker, reference: string): Promise<void> {
  const { Architecture: found } = await engine.getImage(reference).inspect();
  if (found === ARCHITECTURE) return;
  throw new DockerError(`the engine built an image for ${found}, Batch needs ${ARCHITECTURE}`, {
    hint: 'GDAL_IMAGE and NODE_IMAGE must exist for linux/amd64',
  });
}

async function push(
  engine: Docker,
  reference: string,
  login: RegistryLogin,
  { reporter, stop }: Told,
): Promise<string | null> {
  const { username, password, serverAddress } = login;
  const authconfig = { username, password, serveraddress: serverAddress };
  const stream = await engine.getImage(reference).push({ authconfig, abortSignal: stop });
  const progress = progressOf('pushing layers');
  let digest: string | null = null;
  try {
    for await (const event of events(stream)) {
      if (event.kind === 'pushed') digest = event.digest;
      if (event.kind === 'layer') reporter.progress(progress(event));
    }
  } finally {
    reporter.progress(null);
  }
  return digest;
}

/** @throws DockerError for the first error event, and the stream's own error when the connection breaks */
async function* events(stream: NodeJS.ReadableStream): AsyncGenerator<EngineEvent> {
  for await (const line of linesOf(stream)) {
    const event = parseEngineEvent(line);
    if (event.kind === 'error') throw new Error(event.message);
    yield event;
  }
}

interface Told {
  readonly reporter: Reporter;
  readonly stop: AbortSignal;
}

async function attempt<T>(stop: AbortSignal, doing: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (stop.aborted) throw new InterruptedError(`interrupted: could not ${doing}`, { cause: error });
    throw dockerError(doing, error);
  }
}
