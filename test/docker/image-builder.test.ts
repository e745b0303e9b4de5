import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dockerImageBuilder } from '../../src/docker/image-builder.ts';
import type { ImageBuilder } from '../../src/ports-deploy.ts';
import type { Reporter } from '../../src/ports.ts';
import { startFakeEngine, type EngineScript, type FakeEngine } from './fake-engine.ts';

const REFERENCE = '123456789012.dkr.ecr.us-east-1.amazonaws.com/cog-converter:c-1';
const BASES = { gdalImage: 'gdal:3.9.3', nodeImage: 'node:22' };
const LOGIN = {
  username: 'AWS',
  password: 'top-secret',
  serverAddress: 'https://123456789012.dkr.ecr.us-east-1.amazonaws.com',
};

const captured = (name: string): string => readFileSync(`test/fixtures/docker/${name}.ndjson`, 'utf8');

let folder: string;
let engine: FakeEngine;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cogconv-image-'));
  await mkdir(join(folder, 'dist'));
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\n');
  await writeFile(join(folder, 'dist/worker.mjs'), 'export {};\n');
  await writeFile(join(folder, 'dist/gdal_server.py'), '');
  said = [];
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await engine.close();
  await rm(folder, { recursive: true });
});

async function builder(script: EngineScript, stop = new AbortController()): Promise<ImageBuilder> {
  engine = await startFakeEngine(script);
  vi.stubEnv('DOCKER_HOST', engine.host);
  const say = (text: string): void => void said.push(text);
  const reporter: Reporter = {
    note: say,
    warn: say,
    event: () => {},
    progress: (state) => {
      if (state !== null) say(JSON.stringify(state));
    },
  };
  return dockerImageBuilder(folder, reporter, stop.signal);
}

describe('ping', () => {
  it('says how to start or find an engine that does not answer', async () => {
    const images = await builder({});
    await engine.close();
    await expect(images.ping()).rejects.toMatchObject({
      name: 'DockerError',
      exitCode: 1,
      hint: /is Docker running\?.*DOCKER_HOST.*docker context/,
    });
  });

  it("says that the socket is not this user's", async () => {
    const images = await builder({});
    vi.stubEnv('DOCKER_HOST', `unix://${folder}/no-such.sock`);
    await expect(images.ping()).rejects.toMatchObject({ message: /ENOENT/, hint: /is Docker running\?/ });
  });
});

describe('an interruption', () => {
  it.each(['build', 'push'] as const)('ends a %s at once, also for the engine', async (step) => {
    const stop = new AbortController();
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const endless = {
      begun: () => {
        stop.abort();
      },
      left: () => {
        leave();
      },
    };
    const images = await builder({ endless }, stop);
    const under = step === 'build' ? images.build(REFERENCE, BASES) : images.push(REFERENCE, LOGIN);
    await expect(under).rejects.toMatchObject({ name: 'InterruptedError', exitCode: 130 });
    await left;
  });
});

describe('build', () => {
  it('streams the steps and asks for linux/amd64 and the base images', async () => {
    await (await builder({ build: captured('build-ok') })).build(REFERENCE, BASES);
    // the recording is made anew with each change of the Dockerfile
    const steps = readFileSync('Dockerfile', 'utf8').match(/^[A-Z].*/gm) ?? [];
    expect(said.filter((line) => line.startsWith('Step '))).toEqual(
      steps.map((line, at) => `Step ${String(at + 1)}/${String(steps.length)} : ${line}`),
    );
    const url = decodeURIComponent(engine.requests.find((one) => one.url.includes('/build'))?.url ?? '');
    expect(url).toContain('platform=linux/amd64');
    expect(url).toContain('{"GDAL_IMAGE":"gdal:3.9.3","NODE_IMAGE":"node:22"}');
  });

  it('fails with the error inside a 200 stream', async () => {
    const images = await builder({ build: captured('build-failed') });
    await expect(images.build(REFERENCE, BASES)).rejects.toMatchObject({
      name: 'DockerError',
      message: /^docker could not build the image: The command .* returned a non-zero code: 1$/,
    });
  });

  it('hints at GDAL_IMAGE when a base image cannot be had', async () => {
    const images = await builder({ build: captured('base-missing') });
    await expect(images.build(REFERENCE, BASES)).rejects.toMatchObject({ hint: /GDAL_IMAGE/ });
  });

  it('fails when the stream ends before the image is there', async () => {
    const steps = captured('build-ok').split('\n').slice(0, 6).join('\n');
    const images = await builder({ build: steps });
    await expect(images.build(REFERENCE, BASES)).rejects.toThrow('without an image');
  });

  it('fails when the connection breaks', async () => {
    const images = await builder({ build: captured('build-ok'), breakAfter: 300 });
    await expect(images.build(REFERENCE, BASES)).rejects.toMatchObject({ name: 'DockerError' });
  });

  it('refuses an image of another architecture', async () => {
    const images = await builder({ build: captured('build-ok'), architecture: 'arm64' });
    await expect(images.build(REFERENCE, BASES)).rejects.toThrow(
      'built an image for arm64, Batch needs amd64',
    );
  });
});

describe('push', () => {
  it('gives the digest and hands the login over in the header alone', async () => {
    const images = await builder({ push: captured('push-ok') });
    expect(await images.push(REFERENCE, LOGIN)).toMatch(/^sha256:[0-9a-f]{64}$/);
    const request = engine.requests.find((one) => one.url.includes('/push'));
    const header = Buffer.from(String(request?.headers['x-registry-auth']), 'base64url').toString();
    expect(JSON.parse(header)).toMatchObject({ username: 'AWS', password: 'top-secret' });
    expect(`${String(request?.url)}${said.join()}`).not.toContain('top-secret');
    expect(JSON.parse(String(said.at(-1)))).toEqual({
      kind: 'count',
      what: 'pushing layers',
      done: 4,
      total: 4,
    });
  });

  it('fails with the error inside a 200 stream, without the login', async () => {
    const images = await builder({ push: captured('push-failed') });
    const error: unknown = await images.push(REFERENCE, LOGIN).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ name: 'DockerError', message: /connection refused/ });
    expect(JSON.stringify(error)).not.toContain('top-secret');
  });

  it('gives no digest when the registry told none', async () => {
    const images = await builder({ push: '{"status":"The push refers to repository [x]"}\n' });
    expect(await images.push(REFERENCE, LOGIN)).toBeNull();
  });

  it('fails when the connection breaks', async () => {
    const images = await builder({ push: captured('push-ok'), breakAfter: 500 });
    await expect(images.push(REFERENCE, LOGIN)).rejects.toMatchObject({ name: 'DockerError' });
  });
});
