import { describe, expect, it } from 'vitest';
import { documentKind, listDocuments, listReports } from '../../src/bucket/documents.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';

describe('documentKind', () => {
  it.each([
    ['cogs/manifests/x-20240115120000-2.json', { kind: 'manifest', run: 'x-20240115120000', n: 2 }],
    ['cogs/manifests/x-20240115120000-12.result.json', { kind: 'result', run: 'x-20240115120000', n: 12 }],
    ['cogs/manifests/my-job-1-2024-3.json', { kind: 'manifest', run: 'my-job-1-2024', n: 3 }],
    ['cogs/manifests/runs/00000042.json', { kind: 'record', sequence: 42 }],
    ['cogs/manifests/runs/100000000.json', { kind: 'record', sequence: 100_000_000 }],
    ['cogs/manifests/runs/42.json', null],
    ['cogs/manifests/runs/x-1.json', null],
    ['cogs/manifests/notes.json', null],
    ['cogs/manifests/old/x-1.json', null],
    ['cogs/manifests/x-1.json.bak', null],
    ['cogs/manifests/', null],
  ])('takes %s for %j', (key, kind) => {
    expect(documentKind(key, 'cogs/')).toEqual(kind);
  });
});

describe('listDocuments', () => {
  it('lists what lies below manifests/ and nothing else', async () => {
    const store = new MemoryObjectStore();
    for (const key of ['cogs/a_cog.tif', 'cogs/manifests/x-1.json', 'cogs/manifests/runs/00000001.json']) {
      await store.writeText(key, '', { condition: 'always', contentType: 'text/plain' });
    }
    const keys = (await listDocuments(store, 'cogs/')).map(({ key }) => key);
    expect(keys).toEqual(['cogs/manifests/runs/00000001.json', 'cogs/manifests/x-1.json']);
    await expect(listDocuments(store, 'cogs/', AbortSignal.abort())).rejects.toMatchObject({
      fault: 'aborted',
    });
  });
});

describe('listReports', () => {
  it('lists records, summaries and results with their ETags, but no manifest', async () => {
    const store = new MemoryObjectStore();
    const reports = [
      'runs/00000001.json',
      'summaries/00000001-1.jsonl',
      'x-1.result.json',
      'x-2.result.json',
    ];
    for (const name of [...reports, 'x-1.json', 'x-2.json']) {
      const options = { condition: 'always', contentType: 'application/json' } as const;
      await store.writeText(`cogs/manifests/${name}`, name, options);
    }
    const keys = reports.map((name) => `cogs/manifests/${name}`);
    const expected = keys.map(async (key) => ({ key, etag: (await store.head(key))?.etag }));
    expect(await listReports(store, 'cogs/')).toEqual(await Promise.all(expected));
    await expect(listReports(store, 'cogs/', AbortSignal.abort())).rejects.toMatchObject({
      fault: 'aborted',
    });
  });
});
