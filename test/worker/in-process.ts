import { join } from 'node:path';
import { parseManifest } from '../../src/contract/manifest.ts';
import type { FileResult } from '../../src/contract/result.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { ownIdentity } from '../../src/storage/process-identity.ts';
import { runJob } from '../../worker/job.ts';
import { Scratch } from '../../worker/scratch.ts';
import { gdalHere } from './gdal-here.ts';
import { MANIFEST, type Lab } from './worker-lab.ts';

/** Runs the lab's manifest in this process, so that coverage sees it. */
export async function runInProcess(
  lab: Lab,
  options: {
    readonly store?: ObjectStore;
    readonly signal?: AbortSignal;
    readonly onFile?: (file: FileResult) => void;
  } = {},
): Promise<number> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const store = options.store ?? lab.store;
  const scratch = await Scratch.open(join(lab.folder, '..', `${lab.folder}-scratch`));
  const gdal = await gdalHere(scratch.folder, { signal, converts: true });
  const manifest = parseManifest((await store.readText(MANIFEST)) ?? '');
  try {
    return await runJob(manifest, MANIFEST, {
      store,
      scratch,
      gdal,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      signal,
      giveUp: () => {
        stop.abort();
      },
      drain: new AbortController().signal,
      attempt: 1,
      version: 'test',
      identity: ownIdentity(),
      onFile: options.onFile ?? ((): void => undefined),
      now: () => performance.now(),
      date: () => new Date(),
    });
  } finally {
    await gdal.close();
    await scratch.close();
  }
}
