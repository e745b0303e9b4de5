import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { objectStoreSuite } from './object-store.suite.ts';

objectStoreSuite(
  'memory',
  async () => ({
    store: new MemoryObjectStore(),
    missing: new MemoryObjectStore('none', { missing: true }),
    dispose: async () => {},
  }),
  { extraKeys: ['new\nline.tif', 'tab\there.tif'] },
);
