import { once } from 'node:events';
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { spotNotice, spotNoticeEndpoint } from '../../worker/spot-notice.ts';
import { freePort } from '../moto.ts';
import { startMetadataService, type MetadataService } from './metadata-service.ts';
import { COGS, keysOf, openLab, putManifest, resultOf, rowsOf, SOURCES, type Lab } from './worker-lab.ts';
import { REAL, translateThat, WorkerProgram } from './worker-program.ts';

const NOTICE = '{"action": "terminate", "time": "2026-01-01T00:02:00Z"}';
const AT_ONCE_MS = 1;

let service: MetadataService;

beforeEach(async () => {
  service = await startMetadataService();
});
afterEach(async () => {
  await service.stop();
});

describe('spotNoticeEndpoint', () => {
  it.each([
    [{}, null],
    [{ AWS_BATCH_JOB_ID: 'j' }, 'http://169.254.169.254'],
    [{ AWS_BATCH_JOB_ID: 'j', AWS_EC2_METADATA_DISABLED: 'TRUE' }, null],
    [{ AWS_BATCH_JOB_ID: 'j', AWS_EC2_METADATA_SERVICE_ENDPOINT: '' }, 'http://169.254.169.254'],
    [
      { AWS_BATCH_JOB_ID: 'j', AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://[fd00:ec2::254]/' },
      'http://[fd00:ec2::254]',
    ],
  ])('%j is %s', (env, endpoint) => {
    expect(spotNoticeEndpoint(env)).toBe(endpoint);
  });
});

describe('spotNotice', () => {
  const waiting = new AbortController().signal;

  it('asks with one token until there is a notice', async () => {
    const notice = spotNotice(service.endpoint, waiting, AT_ONCE_MS);
    await expect.poll(() => service.asked.length).toBeGreaterThan(3);
    service.announce(NOTICE);
    expect(await notice).toEqual({ action: 'terminate', time: '2026-01-01T00:02:00Z' });
    expect(service.asked.filter((one) => one.startsWith('PUT'))).toHaveLength(1);
  });

  it('takes a new token when the old one has run out', async () => {
    const notice = spotNotice(service.endpoint, waiting, AT_ONCE_MS);
    await expect.poll(() => service.asked.length).toBeGreaterThan(1);
    service.forgetTokens();
    service.announce(NOTICE);
    expect(await notice).toMatchObject({ action: 'terminate' });
  });

  it('takes no odd answer for a notice', async () => {
    const stop = new AbortController();
    const notice = spotNotice(service.endpoint, stop.signal, AT_ONCE_MS);
    for (const text of ['', 'null', '<html>', '{"action": 1}']) {
      service.announce(text);
      const before = service.asked.length;
      await expect.poll(() => service.asked.length).toBeGreaterThan(before + 1);
    }
    stop.abort();
    expect(await notice).toBeNull();
  });

  it('waits in silence where there is no such service', async () => {
    const stop = new AbortController();
    const notice = spotNotice(`http://127.0.0.1:${String(await freePort())}`, stop.signal, AT_ONCE_MS);
    await new Promise(setImmediate);
    stop.abort();
    expect(await notice).toBeNull();
  });
});

describe('a worker whose machine is taken back', () => {
  const FILES = 6;
  let lab: Lab;
  let worker: WorkerProgram;

  beforeEach(async () => {
    lab = openLab();
    worker = new WorkerProgram(lab);
    for (let at = 0; at < FILES; at += 1) {
      const name = `${String(at)}.tif`;
      copyFileSync('test/fixtures/rasters/lc.tif', join(lab.folder, SOURCES, name));
    }
    await putManifest(lab.store, await rowsOf(lab.store), { vcpus: 1 });
  });
  afterEach(() => {
    lab.remove();
  });

  const batch = (): Record<string, string> => ({
    AWS_BATCH_JOB_ID: 'job',
    AWS_EC2_METADATA_SERVICE_ENDPOINT: service.endpoint,
  });

  it('ends what is under way, starts nothing new and asks for another attempt, which does the rest', async () => {
    const { folder } = lab;
    const waiting = `touch ${folder}/started; while [ ! -e ${folder}/go ]; do sleep 0.1; done; exec ${REAL} "$@"`;
    worker.standIn('gdal_translate', translateThat(waiting));
    const child = worker.start(batch(), ['ignore', 'pipe', 'ignore']);
    const log = createInterface({ input: child.stdout ?? process.stdin });
    const ended = once(child, 'exit');
    await worker.made('started');
    service.announce(NOTICE);
    for await (const line of log) if (line.includes('Spot:Notice')) break;
    writeFileSync(join(folder, 'go'), '');

    expect(await ended).toEqual([75, null]);
    const { state, files } = resultOf(lab);
    expect(state).toBe('interrupted');
    expect(files.length).toBeGreaterThan(0);
    expect(files.length).toBeLessThan(FILES);
    const cogs = (await keysOf(lab.store, COGS)).filter((key) => key.endsWith('_cog.tif'));
    expect(cogs).toEqual(files.map(({ target }) => target));
    expect(readdirSync(worker.scratch)).toEqual([]);

    service.announce(null);
    expect(await once(worker.start(batch()), 'exit')).toEqual([0, null]);
    expect(resultOf(lab)).toMatchObject({ state: 'succeeded', attempt: 2 });
    expect(resultOf(lab).files.map(({ outcome }) => outcome)).toEqual(Array(FILES).fill('converted'));
  });

  it('is asked for nothing where it is no Batch job', async () => {
    const { AWS_EC2_METADATA_SERVICE_ENDPOINT = '' } = batch();
    service.announce(NOTICE);
    expect(await once(worker.start({ AWS_EC2_METADATA_SERVICE_ENDPOINT }), 'exit')).toEqual([0, null]);
    expect(service.asked).toEqual([]);
  });
});
