import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pack } from 'tar-stream';
import { DockerError } from '../errors.ts';

/** All that the engine gets, below the package's root; the worker is bundled, so that the image needs no npm. */
const FILES = ['Dockerfile', 'dist/worker.mjs', 'dist/gdal_server.py'] as const;

/** One file of a build context. */
export interface ContextFile {
  readonly name: string;
  readonly content: Buffer;
}

/** Reads the files that an image is built from. @throws DockerError when the package is incomplete */
export async function readContext(packageDir: string): Promise<readonly ContextFile[]> {
  try {
    return await Promise.all(
      FILES.map(async (name) => ({ name, content: await readFile(join(packageDir, name)) })),
    );
  } catch (cause) {
    throw new DockerError('the files of the worker image cannot be read', {
      cause,
      hint: 'in a checkout run npm run build first; otherwise install cogconv again',
    });
  }
}

/** 16 hex digits over everything that decides what the image is: files, base images, platform. */
export function contextHash(files: readonly ContextFile[], facts: Readonly<Record<string, string>>): string {
  const hash = createHash('sha256').update(JSON.stringify(Object.entries(facts).sort()));
  for (const { name, content } of files) hash.update(`\n${name} ${String(content.length)}\n`).update(content);
  return hash.digest('hex').slice(0, 16);
}

/** The files as a tar, the same bytes for the same files: no time or owner of this machine is in it. */
export async function contextTar(files: readonly ContextFile[]): Promise<Buffer> {
  const tar = pack();
  for (const { name, content } of files) tar.entry({ name, mode: 0o644, mtime: new Date(0) }, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
