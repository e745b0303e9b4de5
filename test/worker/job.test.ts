import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { resultKey } from '../../src/contract/naming.ts';
import { DirectoryStore } from '../../src/storage/directory-store.ts';
import { StorageError, type ObjectInfo, type WriteOptions } from '../../src/storage/object-store.ts';
import { runInProcess } from './in-process.ts';
import {
  COGS,
  keysOf,
  MANIFEST,
  openLab,
  putManifest,
  resultOf,
  rowsOf,
  SOURCES,
  type Lab,
} from './worker-lab.ts';

vi.setConfig({ testTimeout: 120_000 });

const rasters = fileURLToPath(new URL('../fixtures/rasters', import.meta.url));
const raster = readFileSync(join(rasters, 'olinda_dem_utm25s.tif'));
const ODD = [
  'a b',
  `q'uo"te`,
  'h#ash',
  'pl+us',
  'per%20cent',
  '$(touch x)',
  '-leading',
  'emoji 🌍',
  'e\u0301',
  'new\nline',
  'vsicurl:x',
];

let lab: Lab;
const file = (name: string): string => join(lab.folder, SOURCES, name);
const cog = (name: string): string => join(lab.folder, COGS, `${name}_cog.tif`);

beforeEach(async () => {
  lab = openLab();
  await mkdir(join(lab.folder, SOURCES));
});

afterEach(() => {
  lab.remove();
  rmSync(`${lab.folder}-scratch`, { recursive: true, force: true });
});

/** A bucket in which something happens at an upload of a COG. */
class Eventful extends DirectoryStore {
  happen: () => void = () => undefined;
  override async upload(path: string, key: string, options: WriteOptions): Promise<ObjectInfo> {
    if (key.endsWith('.tif')) this.happen();
    return super.upload(path, key, options);
  }
}

function eventful(happen: () => void): Eventful {
  const store = new Eventful(lab.folder);
  store.happen = happen;
  return store;
}

function networkDown(): never {
  throw new StorageError('unavailable', 'the network is down');
}

/** A bucket in which something happens once a source has been fetched. */
class Fetching extends DirectoryStore {
  happen: () => void = () => undefined;
  override async download(...request: Parameters<DirectoryStore['download']>): Promise<ObjectInfo | null> {
    return super.download(...request).finally(() => {
      this.happen();
    });
  }
}

/** A bucket whose client is told to stop when a COG has come into it; as S3's, it answers no call of whoever was. */
class Stopping extends DirectoryStore {
  readonly #stop: AbortController;

  constructor(folder: string, stop: AbortController) {
    super(folder);
    this.#stop = stop;
  }

  override async upload(path: string, key: string, options: WriteOptions): Promise<ObjectInfo> {
    const info = await super.upload(path, key, options);
    this.#stop.abort();
    return info;
  }

  override async head(key: string, signal?: AbortSignal): Promise<ObjectInfo | null> {
    signal?.throwIfAborted();
    return super.head(key);
  }
}

/** A bucket in which another attempt does the whole job while the first COG is on its way. */
class Overtaking extends DirectoryStore {
  other: Promise<number> | undefined;
  override async upload(path: string, key: string, options: WriteOptions): Promise<ObjectInfo> {
    await (this.other ??= runInProcess({ ...lab, folder: join(lab.folder, 'other') }));
    return super.upload(path, key, options);
  }
}

/** A bucket that tells how many sources were on their way at once. */
class Counting extends DirectoryStore {
  most = 0;
  #now = 0;
  override async download(...request: Parameters<DirectoryStore['download']>): Promise<ObjectInfo | null> {
    this.#now += 1;
    this.most = Math.max(this.most, this.#now);
    await setImmediate();
    return super.download(...request).finally(() => (this.#now -= 1));
  }
}

describe('runJob', () => {
  it('fetches as many sources at once as it converts, so that the first is soon there', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) writeFileSync(file(`${name}.tif`), raster);
    await putManifest(lab.store, await rowsOf(lab.store), { vcpus: 2 });
    const store = new Counting(lab.folder);
    expect(await runInProcess(lab, { store })).toBe(0);
    expect(store.most).toBe(2);
  });

  it('converts keys of any spelling, each to its own target', async () => {
    for (const name of ODD) writeFileSync(file(`${name}.tif`), raster);
    await putManifest(lab.store, await rowsOf(lab.store));
    expect(await runInProcess(lab)).toBe(0);
    const found = (await keysOf(lab.store, COGS)).filter((key) => key.endsWith('.tif'));
    expect(found.sort()).toEqual(ODD.map((name) => `${COGS}${name}_cog.tif`).sort());
  });

  it('does nothing the second time, and only what is left after an interruption', async () => {
    for (const name of ['a', 'b', 'c']) writeFileSync(file(`${name}.tif`), raster);
    await putManifest(lab.store, await rowsOf(lab.store), { vcpus: 1 });
    const stop = new AbortController();
    const first = await runInProcess(lab, {
      signal: stop.signal,
      onFile: () => {
        stop.abort();
      },
    });
    expect(first).toBe(75);
    const done = resultOf(lab).files.map(({ source }) => source);
    expect(resultOf(lab).state).toBe('interrupted');
    const again: string[] = [];
    expect(await runInProcess(lab, { onFile: ({ source }) => again.push(source) })).toBe(0);
    expect([...done, ...again].sort()).toEqual(['src/a.tif', 'src/b.tif', 'src/c.tif']);
    expect(resultOf(lab)).toMatchObject({ attempt: 2, state: 'succeeded' });
    const third: string[] = [];
    expect(await runInProcess(lab, { onFile: ({ source }) => third.push(source) })).toBe(0);
    expect(third).toEqual([]);
  });

  it('keeps permanent failures of an earlier attempt and tries temporary ones again', async () => {
    writeFileSync(file('bad.tif'), 'no raster');
    writeFileSync(file('unlucky.tif'), raster);
    await putManifest(lab.store, await rowsOf(lab.store));
    const store = eventful(networkDown);
    expect(await runInProcess(lab, { store })).toBe(75);
    const again: string[] = [];
    await runInProcess(lab, { store, onFile: ({ source }) => again.push(source) });
    expect(again).toEqual(['src/unlucky.tif']);
    expect(resultOf(lab).files.map(({ reason }) => reason?.code)).toEqual(['not-a-tiff', 'storage']);
  });

  it('refuses a manifest in which two sources have one target, and touches nothing', async () => {
    writeFileSync(file('a.tif'), raster);
    writeFileSync(file('b.tif'), raster);
    const rows = (await rowsOf(lab.store)).map((row) => ({ ...row, target: `${COGS}same_cog.tif` }));
    await putManifest(lab.store, rows);
    await expect(runInProcess(lab)).rejects.toThrow(/"src\/a\.tif" and "src\/b\.tif"/);
    expect(await keysOf(lab.store, COGS)).toEqual([MANIFEST]);
  });

  it('has the result in the bucket before it touches a file', async () => {
    writeFileSync(file('a.tif'), raster);
    await putManifest(lab.store, await rowsOf(lab.store));
    let state = '';
    await runInProcess(lab, { store: eventful(() => (state = resultOf(lab).state)) });
    expect(state).toBe('running');
    expect(readFileSync(join(lab.folder, resultKey(MANIFEST)), 'utf8')).toContain('"succeeded"');
  });
});

describe('an attempt that another one has taken over', () => {
  it('ends, and leaves the result as it is', async () => {
    const names = 'abcdefghijkl'.split('');
    for (const name of names) writeFileSync(file(`${name}.tif`), raster);
    await putManifest(lab.store, await rowsOf(lab.store), { vcpus: 1, overwrite: true });
    const store = new Overtaking(lab.folder);
    const done: string[] = [];
    const zombie = runInProcess(lab, { store, onFile: ({ source }) => done.push(source) });
    await expect(zombie).rejects.toThrow(/^attempt 2 .* has taken this job over from attempt 1/);
    expect(await store.other).toBe(0);
    expect(done.length).toBeLessThan(names.length);
    const { attempt, state, files } = resultOf(lab);
    expect({ attempt, state }).toEqual({ attempt: 2, state: 'succeeded' });
    expect(files.map(({ outcome }) => outcome)).toEqual(names.map(() => 'converted'));
  });
});

describe('the target', () => {
  beforeEach(async () => {
    writeFileSync(file('a.tif'), raster);
    await mkdir(join(lab.folder, COGS), { recursive: true });
  });

  it('that exists is left alone', async () => {
    writeFileSync(cog('a'), 'there before');
    await putManifest(lab.store, await rowsOf(lab.store));
    expect(await runInProcess(lab)).toBe(0);
    expect(resultOf(lab).files[0]).toMatchObject({ outcome: 'skipped', skipped: 'its COG exists' });
    expect(readFileSync(cog('a'), 'utf8')).toBe('there before');
  });

  it('that appears meanwhile is left alone', async () => {
    await putManifest(lab.store, await rowsOf(lab.store));
    const store = eventful(() => {
      writeFileSync(cog('a'), 'came first');
    });
    expect(await runInProcess(lab, { store })).toBe(0);
    expect(resultOf(lab).files[0]?.outcome).toBe('skipped');
    expect(readFileSync(cog('a'), 'utf8')).toBe('came first');
  });

  it('gets no sidecar of a COG that was here before', async () => {
    await mkdir(join(lab.folder, COGS), { recursive: true });
    writeFileSync(`${cog('a')}.aux.xml`, '<PAMDataset/>');
    await putManifest(lab.store, await rowsOf(lab.store));
    expect(await runInProcess(lab)).toBe(0);
    expect(await keysOf(lab.store, COGS)).not.toContain(`${COGS}a_cog.tif.aux.xml`);
  });

  describe('whose .aux.xml would have too long a name', () => {
    const long = 'x'.repeat(240);

    beforeEach(async () => {
      rmSync(file('a.tif'));
      writeFileSync(file(`${long}.tif`), raster);
      await putManifest(lab.store, await rowsOf(lab.store));
    });

    it('is converted where it has none', async () => {
      expect(await runInProcess(lab)).toBe(0);
      expect(resultOf(lab).files[0]?.outcome).toBe('converted');
    });

    it('fails before it is there where it has one', async () => {
      const categories =
        '<PAMDataset><PAMRasterBand band="1"><CategoryNames><Category>sea</Category></CategoryNames></PAMRasterBand></PAMDataset>';
      writeFileSync(file(`${long}.aux.xml`), categories);
      await putManifest(lab.store, await rowsOf(lab.store));
      expect(await runInProcess(lab)).toBe(3);
      const [found] = resultOf(lab).files;
      expect(found).toMatchObject({ outcome: 'failed', sidecars: [], reason: { code: 'bad-key' } });
      expect(found?.reason?.message).toMatch(
        /^the COG's class names or attribute tables, which lie beside it, have no place: cannot write .*_cog\.tif\.aux\.xml: the name is too long/,
      );
      expect(await keysOf(lab.store, COGS)).toEqual([MANIFEST, resultKey(MANIFEST)]);
    });
  });

  it('keeps none either when the job is told to stop as soon as the COG is there', async () => {
    writeFileSync(`${cog('a')}.aux.xml`, '<PAMDataset/>');
    await putManifest(lab.store, await rowsOf(lab.store));
    const stop = new AbortController();
    const store = new Stopping(lab.folder, stop);
    expect(await runInProcess(lab, { store, signal: stop.signal })).toBe(0);
    expect(await keysOf(lab.store, COGS)).not.toContain(`${COGS}a_cog.tif.aux.xml`);
    expect(resultOf(lab)).toMatchObject({ state: 'succeeded', files: [{ outcome: 'converted' }] });
  });

  it('is replaced with overwrite', async () => {
    writeFileSync(cog('a'), 'there before');
    await putManifest(lab.store, await rowsOf(lab.store), { overwrite: true });
    expect(await runInProcess(lab)).toBe(0);
    expect(resultOf(lab).files[0]?.outcome).toBe('converted');
  });

  it('that is stale is replaced while it is the one that was planned', async () => {
    writeFileSync(cog('a'), 'stale');
    const replaces = (await lab.store.head(`${COGS}a_cog.tif`))?.etag ?? '';
    const rows = (await rowsOf(lab.store)).map((row) => ({ ...row, replaces }));
    await putManifest(lab.store, rows);
    expect(await runInProcess(lab)).toBe(0);
    expect(resultOf(lab).files[0]?.outcome).toBe('converted');
    writeFileSync(cog('a'), 'another one');
    rmSync(join(lab.folder, resultKey(MANIFEST)));
    expect(await runInProcess(lab)).toBe(0);
    expect(resultOf(lab).files[0]).toMatchObject({
      outcome: 'skipped',
      skipped: 'its COG was replaced meanwhile',
    });
  });
});

describe('the source', () => {
  beforeEach(async () => {
    writeFileSync(file('a.tif'), raster);
    await putManifest(lab.store, await rowsOf(lab.store));
  });

  it('that was replaced after planning is not converted', async () => {
    writeFileSync(file('a.tif'), Buffer.concat([raster, Buffer.from('x')]));
    expect(await runInProcess(lab)).toBe(3);
    expect(resultOf(lab).files[0]?.reason?.code).toBe('source-changed');
    expect(await keysOf(lab.store, COGS)).not.toContain(`${COGS}a_cog.tif`);
  });

  it('that was deleted after planning is missing', async () => {
    rmSync(file('a.tif'));
    expect(await runInProcess(lab)).toBe(3);
    expect(resultOf(lab).files[0]?.reason?.code).toBe('source-missing');
  });

  it('that was deleted asks for another attempt where one may mend the rest', async () => {
    writeFileSync(file('b.tif'), raster);
    await putManifest(lab.store, await rowsOf(lab.store));
    rmSync(file('a.tif'));
    const store = eventful(networkDown);
    expect(await runInProcess(lab, { store })).toBe(75);
    expect(resultOf(lab).files.map(({ reason }) => reason?.code)).toEqual(['source-missing', 'storage']);
  });

  it.each([
    [
      'replaced',
      'source-changed',
      () => {
        writeFileSync(file('a.tif'), Buffer.concat([raster, raster]));
      },
    ],
    [
      'deleted',
      'source-missing',
      () => {
        rmSync(file('a.tif'));
      },
    ],
  ])('that is %s while it is converted gets no COG', async (_, code, happen) => {
    const store = new Fetching(lab.folder);
    store.happen = happen;
    expect(await runInProcess(lab, { store })).toBe(3);
    expect(resultOf(lab).files[0]).toMatchObject({ reason: { code }, cogBytes: 0 });
    expect(await keysOf(lab.store, COGS)).not.toContain(`${COGS}a_cog.tif`);
  });
});
