import { describe, expect, it } from 'vitest';
import { convertWithCanary, type CanaryWishes } from '../../src/commands/canary.ts';
import { convert } from '../../src/commands/convert.ts';
import { retry } from '../../src/commands/retry.ts';
import { status } from '../../src/commands/status.ts';
import type { Config } from '../../src/config.ts';
import { configOf, Lab, PLAIN } from './lab.ts';

const CONFIG = configOf();

async function progress(lab: Lab, config: Config = CONFIG): Promise<string> {
  const { report } = await status(lab.deps, config, { check: false });
  return `${String(report.converted)} of ${String(report.totalRaw)}, ${String(report.stale.count)} stale`;
}

describe('convert', () => {
  it('converts what is pending, then nothing, then exactly the new one, and status is right each time', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/b.tif');
    expect(await progress(lab)).toBe('0 of 2, 0 stale');
    expect((await convert(lab.deps, CONFIG, PLAIN)).report.outcome).toMatchObject({
      converted: 2,
      failed: 0,
    });
    expect(await progress(lab)).toBe('2 of 2, 0 stale');
    expect((await convert(lab.deps, CONFIG, PLAIN)).report).toMatchObject({ files: 0, run: null });
    await lab.put('src/c.tif');
    expect(await progress(lab)).toBe('2 of 3, 0 stale');
    expect((await convert(lab.deps, CONFIG, PLAIN)).report.files).toBe(1);
    expect(lab.runner.worked).toEqual(['src/a.tif', 'src/b.tif', 'src/c.tif']);
    expect(await progress(lab)).toBe('3 of 3, 0 stale');
  });

  it('gives runs of one second names of their own', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/b.tif');
    const first = await convert(lab.deps, CONFIG, { ...PLAIN, limit: 1 });
    const second = await convert(lab.deps, CONFIG, PLAIN);
    expect(second.report.run).not.toBe(first.report.run);
    expect(await progress(lab)).toBe('2 of 2, 0 stale');
  });

  it('renews a COG older than its source only when asked', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/b.tif');
    await convert(lab.deps, CONFIG, PLAIN);
    await lab.put('src/a.tif');
    expect(await progress(lab)).toBe('2 of 2, 1 stale');
    const plain = await convert(lab.deps, CONFIG, PLAIN);
    expect(plain).toMatchObject({ exitCode: 0, report: { files: 0, leftOut: [{ why: 'stale', count: 1 }] } });
    await convert(lab.deps, CONFIG, { ...PLAIN, stale: true });
    expect(lab.runner.worked).toEqual(['src/a.tif', 'src/b.tif', 'src/a.tif']);
    expect(await progress(lab)).toBe('2 of 2, 0 stale');
  });

  it('submits none of a name collision, the rest all the same, and exits 3', async () => {
    const lab = new Lab();
    await lab.put('src/public_a.tif', 'src/cdb_importer_a.tif', 'src/b.tif');
    const { report, exitCode } = await convert(lab.deps, CONFIG, PLAIN);
    expect(exitCode).toBe(3);
    expect(lab.runner.worked).toEqual(['src/b.tif']);
    expect(report.leftOut).toMatchObject([{ why: 'collision', count: 2 }]);
  });

  it('submits the rest and exits 3 where a COG would have too long a key, and status counts it', async () => {
    const lab = new Lab();
    const long = `src/${'x'.repeat(1_015)}.tif`;
    await lab.put('src/a.tif', long);
    const { report, exitCode } = await convert(lab.deps, CONFIG, PLAIN);
    expect(exitCode).toBe(3);
    expect(lab.runner.worked).toEqual(['src/a.tif']);
    expect(report.leftOut).toEqual([{ why: 'key-too-long', count: 1, examples: [long] }]);
    expect((await status(lab.deps, CONFIG, { check: true })).report).toMatchObject({
      totalRaw: 2,
      converted: 1,
      pending: 1,
      estimatedJobs: 0,
      tooLong: { count: 1, examples: [long] },
    });
  });

  it('finds a collision with a source that the filter hides', async () => {
    const lab = new Lab();
    await lab.put('src/public_a.tif', 'src/cdb_importer_a.tif');
    const config = configOf({ RASTER_TYPE: 'public' });
    expect((await convert(lab.deps, config, PLAIN)).exitCode).toBe(3);
    expect(lab.cogs).toEqual([]);
  });

  it('writes nothing in a dry run, and shows the plan that the real one then follows', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/b.tif', 'src/c.tif');
    const before = lab.store.keys;
    const dry = await convert(lab.deps, configOf({ DRY_RUN: 'true', FILES_PER_JOB: '2' }), PLAIN);
    expect(lab.store.keys).toEqual(before);
    const real = await convert(lab.deps, configOf({ FILES_PER_JOB: '2' }), PLAIN);
    const sizes = (jobs: typeof real.report.jobs): unknown => jobs.map(({ files, bytes }) => [files, bytes]);
    expect(sizes(dry.report.jobs)).toEqual(sizes(real.report.jobs));
  });

  it('takes a permanent failure again only when source, options or the user say so', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/b.tif');
    lab.runner.failing.set('src/a.tif', 'unsupported');
    expect((await convert(lab.deps, CONFIG, PLAIN)).exitCode).toBe(3);
    const again = await convert(lab.deps, CONFIG, PLAIN);
    expect(again).toMatchObject({ exitCode: 3, report: { files: 0, leftOut: [{ why: 'known-failure' }] } });
    await convert(lab.deps, configOf({ PREDICTOR: 'none' }), PLAIN);
    await convert(lab.deps, CONFIG, { ...PLAIN, retryFailed: true });
    await lab.put('src/a.tif');
    lab.runner.failing.clear();
    expect((await convert(lab.deps, CONFIG, PLAIN)).exitCode).toBe(0);
    expect(lab.runner.worked.filter((source) => source === 'src/a.tif')).toHaveLength(4);
  });

  it('takes a temporary failure again by itself', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif');
    lab.runner.failing.set('src/a.tif', 'storage');
    await convert(lab.deps, CONFIG, PLAIN);
    lab.runner.failing.clear();
    expect(await convert(lab.deps, CONFIG, PLAIN)).toMatchObject({ exitCode: 0, report: { files: 1 } });
  });

  it('leaves alone what another run holds', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif');
    lab.runner.holds = true;
    await convert(lab.deps, configOf({ S3_BUCKET: 'memory' }), PLAIN);
    await lab.put('src/b.tif');
    const { report, exitCode } = await convert(lab.deps, configOf({ S3_BUCKET: 'memory' }), PLAIN);
    expect({ files: report.files, leftOut: report.leftOut, exitCode }).toMatchObject({
      files: 1,
      leftOut: [{ why: 'in-flight', examples: ['src/a.tif'] }],
      exitCode: 0,
    });
    expect(await lab.planned()).toEqual(['src/a.tif', 'src/b.tif']);
  });

  it('puts each file into one manifest when two start at once', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/b.tif', 'src/c.tif');
    const others = new Lab(lab.store.client());
    const config = configOf({ S3_BUCKET: 'memory' });
    lab.runner.holds = true;
    others.runner.holds = true;
    let met = 0;
    let open = (): void => undefined;
    const both = new Promise<void>((resolve) => (open = resolve));
    for (const store of [lab.store, others.store]) {
      store.onCall = async ({ operation, key, when }) => {
        if (operation !== 'writeText' || !key.startsWith('cogs/manifests/runs/') || when !== 'before') return;
        met += 1;
        if (met >= 2) open();
        await both;
      };
    }
    const [mine, theirs] = await Promise.all([
      convert(lab.deps, config, PLAIN),
      convert(others.deps, config, PLAIN),
    ]);
    expect(mine.report.files + theirs.report.files).toBe(3);
    expect(await lab.planned()).toEqual(['src/a.tif', 'src/b.tif', 'src/c.tif']);
  });

  it('takes only the keys and the number asked for, and names keys that are not there', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/b.tif', 'src/c.tif');
    const keys = new Set(['src/c.tif', 'src/b.tif', 'src/gone.tif']);
    const { report, exitCode } = await convert(lab.deps, CONFIG, { ...PLAIN, keys, limit: 1 });
    expect(lab.runner.worked).toEqual(['src/b.tif']);
    expect(report.leftOut).toMatchObject([
      { why: 'not-found', examples: ['src/gone.tif'] },
      { why: 'beyond-limit', examples: ['src/c.tif'] },
    ]);
    expect(exitCode).toBe(3);
  });

  it('says so when there is no raster at all', async () => {
    const lab = new Lab();
    expect((await convert(lab.deps, CONFIG, PLAIN)).exitCode).toBe(0);
    expect(lab.reporter.warnings).toEqual(['there is no raster below memory://memory/src/']);
  });

  it('warns before it submits to Batch of settings that do not fit, in a dry run too', async () => {
    const lab = new Lab();
    await lab.put(...Array.from({ length: 1_801 }, (_, at) => `src/${String(at)}.tif`));
    const oneJob = { FILES_PER_JOB: '1801', DRY_RUN: 'true' };
    await convert(lab.deps, configOf(oneJob), PLAIN);
    expect(lab.reporter.warnings).toEqual([]);
    await convert(lab.deps, configOf({ ...oneJob, S3_BUCKET: 'rasters' }), PLAIN);
    expect(lab.reporter.warnings).toEqual([
      'only 1 of the 8 jobs that MAX_VCPUS lets run at once; FILES_PER_JOB=225 uses them all',
    ]);
  });
});

describe('convertWithCanary', () => {
  const sampleOf = (files: number, onSample: CanaryWishes['onSample'] = () => undefined): CanaryWishes => ({
    files,
    onSample,
  });

  it('submits nothing beyond the sample when a file of it fails', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/bb.tif', 'src/ccc.tif', 'src/dddd.tif');
    for (const source of ['src/a.tif', 'src/dddd.tif']) lab.runner.failing.set(source, 'no-crs');
    const { exitCode } = await convertWithCanary(lab.deps, CONFIG, PLAIN, sampleOf(2));
    expect(exitCode).toBe(3);
    expect(lab.runner.worked.sort()).toEqual(['src/a.tif', 'src/dddd.tif']);
  });

  it('tells what came of its sample before the rest begins, and in the end', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/bb.tif', 'src/ccc.tif');
    const told: unknown[] = [];
    const wishes = sampleOf(1, (canary) => told.push([canary, [...lab.runner.worked]]));
    const { report } = await convertWithCanary(lab.deps, CONFIG, PLAIN, wishes);
    const canary = { run: 'cog-converter-20240115120004', files: 1, outcome: { converted: 1, failures: [] } };
    expect(told).toMatchObject([[canary, ['src/ccc.tif']]]);
    expect(report).toMatchObject({ files: 2, canary });
  });

  it('reports a sample that did not come through as the canary and as the run that it was', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/bb.tif');
    lab.runner.failing.set('src/bb.tif', 'no-crs');
    const { report } = await convertWithCanary(lab.deps, CONFIG, PLAIN, sampleOf(1));
    const sample = { files: 1, outcome: { failed: 1, failures: [{ code: 'no-crs', count: 1 }] } };
    expect(report).toMatchObject({ ...sample, canary: { run: report.run, ...sample } });
  });

  it('goes on with the rest when the sample came through', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/bb.tif', 'src/ccc.tif');
    expect((await convertWithCanary(lab.deps, CONFIG, PLAIN, sampleOf(1))).exitCode).toBe(0);
    expect(lab.cogs).toHaveLength(3);
    expect(lab.runner.worked).toHaveLength(3);
  });

  it('takes its sample from what would be converted, and converts it once', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/bb.tif', 'src/broken.tif');
    lab.runner.failing.set('src/broken.tif', 'no-crs');
    await convert(lab.deps, CONFIG, PLAIN);
    lab.runner.worked.length = 0;
    await convertWithCanary(lab.deps, { ...CONFIG, overwrite: true }, PLAIN, sampleOf(1));
    expect(lab.runner.worked).toEqual(['src/bb.tif', 'src/a.tif']);
  });

  it('tells what it leaves out with OVERWRITE as without a sample', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/bb.tif', 'src/ccc.tif', 'src/public_x.tif', 'src/x.tif');
    const overwrite = { ...CONFIG, overwrite: true };
    const wishes = { ...PLAIN, limit: 2 };
    const { report, exitCode } = await convertWithCanary(lab.deps, overwrite, wishes, sampleOf(1));
    expect(lab.runner.worked).toEqual(['src/bb.tif', 'src/a.tif']);
    expect(report.leftOut).toEqual([
      { why: 'collision', count: 2, examples: ['src/public_x.tif', 'src/x.tif'] },
      { why: 'beyond-limit', count: 1, examples: ['src/ccc.tif'] },
    ]);
    expect(exitCode).toBe(3);
  });

  it('counts its sample into the limit', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/bb.tif', 'src/ccc.tif');
    await convertWithCanary(lab.deps, CONFIG, { ...PLAIN, limit: 2 }, sampleOf(1));
    expect(lab.runner.worked.sort()).toEqual(['src/a.tif', 'src/bb.tif']);
  });
});

describe('retry', () => {
  it('refuses a run that is not there', async () => {
    const wishes = { reason: null, run: 'bogus', wait: false };
    await expect(retry(new Lab().deps, CONFIG, wishes)).rejects.toThrow('there is no run "bogus"');
  });

  it('takes temporary failures, and permanent ones only when they are named', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/b.tif', 'src/new.tif');
    lab.runner.failing.set('src/a.tif', 'no-crs').set('src/b.tif', 'storage');
    await convert(lab.deps, CONFIG, { ...PLAIN, limit: 2 });
    lab.runner.worked.length = 0;
    await retry(lab.deps, CONFIG, { reason: null, run: null, wait: false });
    expect(lab.runner.worked).toEqual(['src/b.tif']);
    expect(lab.reporter.notes).toEqual(['left out: 1 file that failed for good (--reason no-crs)']);
    await retry(lab.deps, CONFIG, { reason: 'no-crs', run: null, wait: false });
    expect(lab.runner.worked).toEqual(['src/b.tif', 'src/a.tif']);
  });

  it('names each reason of what it leaves out, and says so where nothing failed', async () => {
    const lab = new Lab();
    const wishes = { reason: null, run: null, wait: false };
    await lab.put('src/a.tif', 'src/b.tif', 'src/c.tif');
    await retry(lab.deps, CONFIG, wishes);
    lab.runner.failing.set('src/a.tif', 'no-crs').set('src/b.tif', 'timeout').set('src/c.tif', 'no-crs');
    await convert(lab.deps, CONFIG, PLAIN);
    await retry(lab.deps, CONFIG, wishes);
    expect(lab.reporter.notes).toEqual([
      'no failed file matches',
      'left out: 3 files that failed for good (--reason no-crs or timeout)',
    ]);
  });
});
