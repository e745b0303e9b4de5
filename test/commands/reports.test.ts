import { describe, expect, it } from 'vitest';
import { convert } from '../../src/commands/convert.ts';
import { failures } from '../../src/commands/failures.ts';
import { jobs, watchJobs } from '../../src/commands/jobs.ts';
import { parseKeyList } from '../../src/commands/key-list.ts';
import { list } from '../../src/commands/list.ts';
import { status } from '../../src/commands/status.ts';
import { ConfigError } from '../../src/errors.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { configOf, Lab, PLAIN } from './lab.ts';

const CONFIG = configOf();
const ALL = { run: null, active: false, failed: false, all: false };

describe('status', () => {
  it('tells why files are pending, and what is odd', async () => {
    const lab = new Lab();
    await lab.put('src/ok.tif', 'src/bad.tif', 'src/public_x.tif', 'src/x.tif', 'src/old.tif');
    await lab.store.writeText('src/empty.tif', '', { condition: 'always', contentType: 'image/tiff' });
    lab.runner.failing.set('src/bad.tif', 'no-crs');
    await convert(lab.deps, CONFIG, PLAIN);
    await lab.put('src/old.tif');
    const { report } = await status(lab.deps, CONFIG, { check: false });
    expect(report).toMatchObject({
      totalRaw: 5,
      existingCogs: 2,
      converted: 2,
      pending: 3,
      failed: 1,
      colliding: 2,
      collisions: [{ target: 'cogs/x_cog.tif', sources: ['src/public_x.tif', 'src/x.tif'] }],
      stale: { count: 1, examples: ['src/old.tif'] },
      empty: { count: 1, examples: ['src/empty.tif'] },
      estimatedJobs: 0,
      progressPercent: '40.0',
    });
    expect(Object.fromEntries(lab.lists)).toEqual({
      'raw_tiffs.txt': ['src/bad.tif', 'src/ok.tif', 'src/old.tif', 'src/public_x.tif', 'src/x.tif'],
      'existing_cogs.txt': ['cogs/ok_cog.tif', 'cogs/old_cog.tif'],
      'pending_conversions.txt': ['src/bad.tif'],
      'failed_conversions.txt': ['src/bad.tif no-crs'],
    });
  });

  it('lists every failure that stands in key order, those of stale COGs among them', async () => {
    const lab = new Lab();
    await lab.put('src/b.tif', 'src/c.tif');
    lab.runner.failing.set('src/c.tif', 'no-crs');
    await convert(lab.deps, CONFIG, PLAIN);
    await lab.put('src/b.tif', 'src/a.tif');
    lab.runner.failing.set('src/a.tif', 'timeout').set('src/b.tif', 'storage');
    await convert(lab.deps, CONFIG, { ...PLAIN, stale: true });
    await status(lab.deps, CONFIG, { check: false });
    expect(lab.lists.get('failed_conversions.txt')).toEqual([
      'src/a.tif timeout',
      'src/b.tif storage',
      'src/c.tif no-crs',
    ]);
  });

  it('is the same with OVERWRITE', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif');
    await convert(lab.deps, CONFIG, PLAIN);
    const { report } = await status(lab.deps, configOf({ OVERWRITE: 'yes' }), { check: false });
    expect(report).toMatchObject({ converted: 1, pending: 0 });
  });

  it('counts files of jobs that wait as in flight, and exits 3 with --check until all is done', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif');
    lab.runner.holds = true;
    const config = configOf({ S3_BUCKET: 'memory' });
    await convert(lab.deps, config, PLAIN);
    expect(await status(lab.deps, config, { check: true })).toMatchObject({
      exitCode: 3,
      report: { inFlight: 1, pending: 1, estimatedJobs: 0 },
    });
  });

  it('answers also where the bucket may not be written', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif');
    lab.runner.holds = true;
    await convert(lab.deps, configOf({ S3_BUCKET: 'memory' }), PLAIN);
    lab.runner.holds = false;
    lab.store.onCall = ({ operation }) => {
      if (operation === 'writeText') throw new StorageError('denied', 'no s3:PutObject');
    };
    expect((await status(lab.deps, CONFIG, { check: false })).report.totalRaw).toBe(1);
  });
});

describe('list', () => {
  it('shows ten and writes all', async () => {
    const lab = new Lab();
    await lab.put(...Array.from({ length: 12 }, (_, n) => `src/${String(n + 10)}.tif`));
    const { report } = await list(lab.deps, CONFIG);
    expect(report.first.map(({ key }) => key)).toEqual(lab.lists.get('raw_tiffs.txt')?.slice(0, 10));
    expect(report.total.count).toBe(12);
  });
});

describe('failures', () => {
  it('groups what failed, and forgets what was converted, replaced or deleted since', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/b.tif', 'src/c.tif', 'src/d.tif');
    for (const name of ['a', 'b', 'c']) lab.runner.failing.set(`src/${name}.tif`, 'no-crs');
    lab.runner.failing.set('src/d.tif', 'timeout');
    await convert(lab.deps, CONFIG, PLAIN);
    await lab.put('src/a.tif');
    await lab.store.delete('src/b.tif');
    const { report, exitCode } = await failures(lab.deps, CONFIG, { reason: null });
    expect(exitCode).toBe(0);
    expect(report.groups.map(({ code, count, example }) => [code, count, example.source])).toEqual([
      ['no-crs', 1, 'src/c.tif'],
      ['timeout', 1, 'src/d.tif'],
    ]);
    expect(report.files).toBeNull();
  });

  it('names every file of a reason, in key order, and nothing else', async () => {
    const lab = new Lab();
    await lab.put('src/c.tif', 'src/a.tif', 'src/b.tif');
    lab.runner.failing.set('src/c.tif', 'no-crs').set('src/a.tif', 'no-crs').set('src/b.tif', 'timeout');
    await convert(lab.deps, CONFIG, PLAIN);
    expect((await failures(lab.deps, CONFIG, { reason: 'no-crs' })).report).toMatchObject({
      total: 2,
      groups: [{ code: 'no-crs', count: 2 }],
      files: ['src/a.tif', 'src/c.tif'],
    });
    expect((await failures(lab.deps, CONFIG, { reason: 'storage' })).report.files).toEqual([]);
    expect(lab.reporter.notes).toEqual(['no failed file matches']);
  });
});

describe('jobs', () => {
  it('shows newest runs first, and only what is asked for', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif', 'src/b.tif');
    lab.runner.failing.set('src/a.tif', 'no-crs');
    const config = configOf({ FILES_PER_JOB: '1' });
    const first = await convert(lab.deps, config, PLAIN);
    await lab.put('src/c.tif');
    const second = await convert(lab.deps, config, PLAIN);
    const { report } = await jobs(lab.deps, CONFIG, ALL);
    expect(report.jobs.map(({ run }) => run)).toEqual([
      second.report.run,
      first.report.run,
      first.report.run,
    ]);
    expect(report.byState).toEqual([
      { state: 'SUCCEEDED', count: 2 },
      { state: 'FAILED', count: 1 },
    ]);
    const failed = await jobs(lab.deps, CONFIG, { ...ALL, failed: true });
    expect(failed.report.jobs).toMatchObject([{ state: 'FAILED', reason: '1 of 1 files failed' }]);
    expect((await jobs(lab.deps, CONFIG, { ...ALL, run: second.report.run })).report.total).toBe(1);
  });

  it('refuses a run that is not there', async () => {
    await expect(jobs(new Lab().deps, CONFIG, { ...ALL, run: 'x' })).rejects.toThrow('there is no run "x"');
  });
});

describe('watchJobs', () => {
  it('looks until nothing is under way, telling states, files and bytes', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif');
    lab.runner.holds = true;
    await convert(lab.deps, configOf({ S3_BUCKET: 'memory' }), PLAIN);
    lab.clock.onSleep = () => {
      lab.runner.holds = false;
    };
    const { report } = await watchJobs(lab.deps, CONFIG, ALL);
    expect(lab.reporter.states).toContainEqual({
      kind: 'run',
      run: expect.objectContaining({ files: 1, states: [{ state: 'RUNNABLE', count: 1 }] }) as unknown,
    });
    expect(report.jobs).toMatchObject([{ state: 'FAILED' }]);
  });

  it('only stops watching at Ctrl-C, and says how to come back', async () => {
    const lab = new Lab();
    await lab.put('src/a.tif');
    lab.runner.holds = true;
    await convert(lab.deps, configOf({ S3_BUCKET: 'memory' }), PLAIN);
    lab.clock.onSleep = () => {
      lab.stopping.abort();
    };
    expect((await watchJobs(lab.deps, CONFIG, ALL)).report.jobs).toMatchObject([{ state: 'RUNNABLE' }]);
    expect(lab.reporter.notes).toContain('the jobs go on; to come back: cogconv jobs --watch');
  });
});

describe('parseKeyList', () => {
  it.each([
    ['lines', 'src/a.tif\r\nsrc/b c.tif\n\n', ['src/a.tif', 'src/b c.tif']],
    [
      'lines with blanks behind, as columns leave them',
      'src/a.tif  \r\n   \n src/b.tif \n',
      ['src/a.tif', ' src/b.tif'],
    ],
    ['raw_tiffs.txt', 'src/a.tif\t812\n"src/b\\nc.tif"\t5\n', ['src/a.tif', 'src/b\nc.tif']],
    ['JSON', ' ["src/a,b.tif"]', ['src/a,b.tif']],
    ['what begins with a byte order mark', '\uFEFFsrc/a.tif\r\n', ['src/a.tif']],
    ['JSON behind a byte order mark', '\uFEFF["src/a.tif"]', ['src/a.tif']],
  ])('reads %s', (_, text, keys) => {
    expect([...parseKeyList(text, 'keys.txt')]).toEqual(keys);
  });

  it.each(['', '\n', '[1]', '["a"', '"a'])('refuses %j', (text) => {
    expect(() => parseKeyList(text, 'keys.txt')).toThrow(ConfigError);
  });

  it('refuses text of another encoding, as PowerShell writes it, for what it is', () => {
    const text = Buffer.from('\uFEFFsrc/a.tif\r\n', 'utf16le').toString('utf8');
    expect(() => parseKeyList(text, 'keys.txt')).toThrow(
      '--keys-from keys.txt: it is UTF-16; save it as UTF-8',
    );
  });
});
