import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS } from '../../src/contract/options.ts';
import type { FileResult, JobResult } from '../../src/contract/result.ts';
import { FileHistory } from '../../src/plan/file-history.ts';
import { digestResult } from '../../src/plan/result-digest.ts';
import { failedFile, fileResult, jobResult, RUN } from '../fakes/runs.ts';

const MORE_MEMORY = { ...DEFAULT_OPTIONS, memoryMiB: 16_384 };
const WARNINGS = [{ code: 'gcps-only', message: 'ground control points are kept' }];

/** Results of one run after the other. */
function historyOf(...results: JobResult[]): FileHistory {
  const history = new FileHistory();
  results.forEach((result, at) => {
    const run = result.run === RUN && at > 0 ? `again-${String(at)}` : result.run;
    history.add(run, digestResult(result), DEFAULT_OPTIONS);
  });
  return history;
}

describe('FileHistory', () => {
  it('keeps the last failure of a source, with its job', () => {
    const history = historyOf(
      jobResult([failedFile('src/a.tif', 'storage')]),
      jobResult([failedFile('src/a.tif', 'no-crs')], { run: 'later', job: 4 }),
    );
    expect([...history.failures.values()]).toEqual([
      {
        source: 'src/a.tif',
        etag: 'e1',
        reason: { code: 'no-crs', message: 'bad: no-crs' },
        job: 'later-4',
        options: DEFAULT_OPTIONS,
      },
    ]);
  });

  it.each(['converted', 'skipped'] as const)('forgets a failure once the source is %s', (outcome) => {
    const history = historyOf(
      jobResult([failedFile('src/a.tif', 'no-crs'), failedFile('src/b.tif', 'no-crs')]),
      jobResult([fileResult('src/a.tif', { outcome })]),
    );
    expect([...history.failures.keys()]).toEqual(['src/b.tif']);
    expect(history.isKnownFailure('src/a.tif', 'e1', DEFAULT_OPTIONS)).toBe(false);
  });

  it('lets a raster be tried again that did not fit: the next disk may be larger', () => {
    const history = historyOf(jobResult([failedFile('src/big.tif', 'does-not-fit')]));
    expect(history.isKnownFailure('src/big.tif', 'e1', DEFAULT_OPTIONS)).toBe(false);
  });

  it('knows what would fail again, and what may not', () => {
    const history = historyOf(
      jobResult([
        failedFile('src/no-crs.tif', 'no-crs'),
        failedFile('src/memory.tif', 'out-of-memory'),
        failedFile('src/storage.tif', 'storage'),
      ]),
    );
    const isKnown = (name: string, etag = 'e1', options = DEFAULT_OPTIONS): boolean =>
      history.isKnownFailure(`src/${name}.tif`, etag, options);
    expect(isKnown('no-crs')).toBe(true);
    expect(isKnown('memory')).toBe(true);
    // the source was replaced
    expect(isKnown('no-crs', 'e2')).toBe(false);
    // only what lies in the source itself fails whatever the options are
    expect(isKnown('no-crs', 'e1', MORE_MEMORY)).toBe(true);
    expect(isKnown('memory', 'e1', MORE_MEMORY)).toBe(false);
    // temporary
    expect(isKnown('storage')).toBe(false);
    expect(isKnown('never-tried')).toBe(false);
  });

  it('counts overwriting as the same work', () => {
    const history = historyOf(jobResult([failedFile('src/a.tif', 'timeout')]));
    expect(history.isKnownFailure('src/a.tif', 'e1', { ...DEFAULT_OPTIONS, overwrite: true })).toBe(true);
  });

  it('knows what took far longer than its bytes tell, until it is tried again or replaced', () => {
    const slow = (source: string, change = {}): FileResult => fileResult(source, { seconds: 900, ...change });
    const first = jobResult([
      slow('src/a.tif'),
      slow('src/b.tif', { warnings: WARNINGS }),
      fileResult('src/c.tif'),
    ]);
    expect(historyOf(jobResult([fileResult('src/c.tif')])).hasSlow).toBe(false);
    expect(historyOf(first).slowSeconds('src/a.tif', 'e1')).toBe(900);
    expect(historyOf(first).slowSeconds('src/a.tif', 'e2')).toBeNull();
    expect(historyOf(first).slowSeconds('src/c.tif', 'e1')).toBeNull();
    const again = [fileResult('src/a.tif'), fileResult('src/b.tif', { warnings: WARNINGS })];
    expect(historyOf(first, jobResult(again)).hasSlow).toBe(false);
    expect(
      historyOf(first, jobResult([failedFile('src/a.tif', 'storage')])).slowSeconds('src/a.tif', 'e1'),
    ).toBeNull();
    const big = slow('src/a.tif', { sourceBytes: 2 ** 33 });
    expect(historyOf(jobResult([big])).hasSlow).toBe(false);
  });

  it('keeps warnings of the COGs as they are now', () => {
    const history = historyOf(
      jobResult([
        fileResult('src/a.tif', { warnings: WARNINGS }),
        fileResult('src/b.tif', { warnings: WARNINGS }),
        fileResult('src/c.tif', { warnings: WARNINGS }),
        fileResult('src/d.tif'),
      ]),
      jobResult([
        fileResult('src/a.tif'),
        fileResult('src/b.tif', { outcome: 'skipped' }),
        failedFile('src/c.tif', 'storage'),
      ]),
    );
    expect([...history.warned()]).toEqual([
      { source: 'src/b.tif', codes: ['gcps-only'] },
      { source: 'src/c.tif', codes: ['gcps-only'] },
    ]);
    expect([...history.failures.values()].map(({ job }) => job)).toEqual(['again-1-1']);
  });
});
