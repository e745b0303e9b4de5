import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryStore } from '../../src/storage/directory-store.ts';
import { objectStoreSuite } from './object-store.suite.ts';

objectStoreSuite(
  'a directory',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'cogconv-store-'));
    return {
      store: new DirectoryStore(directory),
      missing: new DirectoryStore(join(directory, 'no', 'such')),
      dispose: () => rm(directory, { recursive: true, force: true }),
    };
  },
  // A newline is a fine file name; moto cannot take it in a key.
  { extraKeys: ['new\nline.tif', 'tab\there.tif'] },
);
