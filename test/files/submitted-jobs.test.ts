import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mergeJobs, SubmittedJobsFile } from '../../src/files/submitted-jobs.ts';
import type { SubmittedJob } from '../../src/ports.ts';
import { RecordingReporter } from '../fakes/recording-reporter.ts';

function job(n: number, jobId = ''): SubmittedJob {
  const jobName = `x-20240115120000-${String(n)}`;
  return {
    jobId,
    jobName,
    manifestKey: `cogs/manifests/${jobName}.json`,
    fileCount: 50,
    submittedAt: '2024-01-15T12:00:00.000Z',
    run: 'x-20240115120000',
    bucket: 'b',
    runner: 'batch',
  };
}

let folder: string;
let reporter: RecordingReporter;
let file: SubmittedJobsFile;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cogconv-status-'));
  reporter = new RecordingReporter();
  file = new SubmittedJobsFile(join(folder, 'cog_status'), reporter);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const path = (): string => join(folder, 'cog_status', 'submitted_jobs.json');
const stored = async (): Promise<unknown> => JSON.parse(await readFile(path(), 'utf8'));
const files = async (): Promise<string[]> => await readdir(join(folder, 'cog_status'));

describe('SubmittedJobsFile', () => {
  it('grows with every run and fills in ids later', async () => {
    await file.record([job(1), job(2)]);
    await file.record([job(1, 'b-1'), job(2, 'b-2')]);
    await file.record([job(3)]);
    expect(await stored()).toEqual([job(1, 'b-1'), job(2, 'b-2'), job(3)]);
    expect(await files()).toEqual(['submitted_jobs.json']);
    expect(reporter.warnings).toEqual([]);
  });

  it('keeps what the Python tool wrote', async () => {
    await file.record([]);
    const old = [{ jobId: 'p-1', jobName: 'old-1', manifestKey: 'm' }];
    await file.record([job(1)]);
    await writeFile(path(), JSON.stringify(old));
    await file.record([job(1)]);
    expect(await stored()).toEqual([...old, job(1)]);
  });

  it.each(['[{"jobId": "b-1",', '{"jobs": []}', '[1]', ''])('moves a broken file aside: %j', async (text) => {
    await file.record([job(1)]);
    await writeFile(path(), text);
    await file.record([job(2)]);
    expect(await stored()).toEqual([job(2)]);
    const [aside = ''] = (await files()).filter((name) => name.includes('broken'));
    expect(await readFile(join(folder, 'cog_status', aside), 'utf8')).toBe(text);
    expect(reporter.warnings).toEqual([expect.stringContaining(aside)]);
  });

  it('loses nothing when several write at once', async () => {
    const writers = Array.from({ length: 4 }, (_, at) =>
      new SubmittedJobsFile(join(folder, 'cog_status'), reporter).record([job(at + 1)]),
    );
    await Promise.all(writers);
    const names = ((await stored()) as SubmittedJob[]).map(({ jobName }) => jobName);
    expect(names.toSorted()).toEqual([1, 2, 3, 4].map((n) => job(n).jobName));
  });

  it('is not held up for ever by a lock that somebody left', async () => {
    await file.record([job(1)]);
    await mkdir(`${path()}.lock`);
    await file.record([job(2)]);
    expect(await stored()).toEqual([job(1), job(2)]);
    expect(await files()).toEqual(['submitted_jobs.json']);
  });

  it('only warns when it cannot write', async () => {
    await writeFile(join(folder, 'cog_status'), 'a file where the folder should be');
    await file.record([job(1)]);
    expect(reporter.warnings).toEqual([expect.stringContaining('cannot write')]);
  });
});

describe('mergeJobs', () => {
  it('replaces by name and adds at the end', () => {
    expect(mergeJobs([{ jobName: 'a' }, { note: 1 }], [job(1)])).toEqual([
      { jobName: 'a' },
      { note: 1 },
      job(1),
    ]);
    expect(mergeJobs([{ ...job(1), extra: 1 }], [job(1, 'b')])).toEqual([job(1, 'b')]);
  });
});
