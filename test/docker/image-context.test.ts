import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contextHash, contextTar, readContext } from '../../src/docker/image-context.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cogconv-context-'));
  await mkdir(join(folder, 'dist'));
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\n');
  await writeFile(join(folder, 'dist/worker.mjs'), 'export {};\n');
  await writeFile(join(folder, 'dist/gdal_server.py'), '');
  await writeFile(join(folder, 'secret.env'), 'KEY=1\n');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function names(tar: Buffer): Promise<string[]> {
  const reader = extract();
  reader.end(tar);
  const found: string[] = [];
  for await (const entry of reader) {
    found.push(entry.header.name);
    entry.resume();
  }
  return found;
}

describe('contextTar', () => {
  it('holds the Dockerfile and the worker and nothing else', async () => {
    expect(await names(await contextTar(await readContext(folder)))).toEqual([
      'Dockerfile',
      'dist/worker.mjs',
      'dist/gdal_server.py',
    ]);
  });

  it('is the same for the same files at another time', async () => {
    const before = await contextTar(await readContext(folder));
    await utimes(join(folder, 'Dockerfile'), 1, 1);
    expect((await contextTar(await readContext(folder))).equals(before)).toBe(true);
  });
});

describe('contextHash', () => {
  it('changes with a file and with a base image', async () => {
    const files = await readContext(folder);
    const hash = contextHash(files, { GDAL_IMAGE: 'a' });
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect(contextHash(files, { GDAL_IMAGE: 'b' })).not.toBe(hash);
    await writeFile(join(folder, 'dist/worker.mjs'), 'export { };\n');
    expect(contextHash(await readContext(folder), { GDAL_IMAGE: 'a' })).not.toBe(hash);
  });
});

describe('readContext', () => {
  it('says what to do when the bundle is missing', async () => {
    await rm(join(folder, 'dist/worker.mjs'));
    await expect(readContext(folder)).rejects.toMatchObject({ name: 'DockerError', hint: /npm run build/ });
  });
});
