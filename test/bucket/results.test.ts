import { beforeEach, describe, expect, it } from 'vitest';
import type { ListedDocument } from '../../src/bucket/documents.ts';
import { readResults, resultsByRun, type ReadResultsOptions } from '../../src/bucket/results.ts';
import { serialiseResult, type JobResult } from '../../src/contract/result.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { COGS, fileResult, jobResult, RUN } from '../fakes/runs.ts';

const PLAIN = { condition: 'always', contentType: 'application/json' } as const;
const key = (n: number): string => `cogs/manifests/${RUN}-${String(n)}.result.json`;

let store: MemoryObjectStore;

beforeEach(() => {
  store = new MemoryObjectStore();
});

async function put(n: number, text: string): Promise<ListedDocument> {
  return await store.writeText(key(n), text, PLAIN);
}

async function putResult(n: number, change: Partial<JobResult> = {}): Promise<ListedDocument> {
  return await put(n, serialiseResult(jobResult([fileResult('src/a.tif')], { job: n, ...change })));
}

async function jobsOf(documents: readonly ListedDocument[], options?: ReadResultsOptions): Promise<number[]> {
  const jobs: number[] = [];
  for await (const { result } of readResults(store, documents, 4, options)) jobs.push(result.job);
  return jobs;
}

describe('readResults', () => {
  it('tells of one that cannot be read, and reads the others', async () => {
    const documents = [await putResult(1), await put(2, '{"version"'), await putResult(3)];
    const problems: string[] = [];
    const onUnreadable = (problem: string): unknown => problems.push(problem);
    expect(await jobsOf([...documents, { key: key(4), etag: 'gone' }], { onUnreadable })).toEqual([1, 3]);
    expect(problems).toEqual([
      expect.stringContaining(`cannot read memory://memory/${key(2)}: result is not JSON`),
    ]);
    expect(await jobsOf(documents)).toEqual([1, 3]);
  });

  it('tells when a result is another one than was listed', async () => {
    const listed = await putResult(1);
    await putResult(1, { attempt: 2 });
    const read = [];
    for await (const one of readResults(store, [listed], 1)) read.push([one.result.attempt, one.etag]);
    expect(read).toEqual([[2, null]]);
  });

  it('ends when the user stops, and when the store fails', async () => {
    const documents = [await putResult(1)];
    await expect(jobsOf(documents, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      fault: 'aborted',
    });
    store.onCall = () => {
      throw new Error('no route to host');
    };
    await expect(jobsOf(documents)).rejects.toThrow('no route to host');
  });
});

describe('resultsByRun', () => {
  it('sorts a listing by run', () => {
    const documents = [
      'a-1.json',
      'a-1.result.json',
      'a-2.result.json',
      'b-1.result.json',
      'runs/00000001.json',
    ];
    const listed = documents.map((name) => ({ key: `cogs/manifests/${name}`, etag: 'e' }));
    const byRun = resultsByRun(listed, COGS);
    expect([...byRun].map(([run, found]) => [run, found.length])).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
  });
});
