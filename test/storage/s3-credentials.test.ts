import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createS3Client } from '../../src/storage/s3-client.ts';
import { S3Store } from '../../src/storage/s3-store.ts';
import { ROLE_PROFILE } from '../fakes/role-profile.ts';

/** The SDK asks for new ones when they have expired, and so at every call. */
const SHORT_LIVED = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
<Expiration>${new Date(Date.now() - 1_000).toISOString()}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;

describe('credentials that STS renews', () => {
  let folder: string;
  let server: Server;
  let store: S3Store;
  let sts: (response: ServerResponse) => void;
  const [stop, kill] = [new AbortController(), new AbortController()];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cogconv-credentials-'));
    const config = join(folder, 'config');
    writeFileSync(config, ROLE_PROFILE);
    server = createServer((request, response) => {
      if (request.method === 'POST') sts(response);
      else response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    vi.stubEnv('AWS_CONFIG_FILE', config);
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    const access = { region: 'us-east-1', profile: 'role', stop: stop.signal, kill: kill.signal };
    store = new S3Store(createS3Client(access), 'rasters');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    store.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    rmSync(folder, { recursive: true, force: true });
  });

  it('are waited for after the first Ctrl-C, for what is under way, and not after the second', async () => {
    sts = (response) => response.end(SHORT_LIVED);
    expect(await store.head('runs/1')).toMatchObject({ key: 'runs/1' });

    stop.abort();
    expect(await store.head('runs/1')).toMatchObject({ key: 'runs/1' });

    const asked = new Promise<void>((resolve) => {
      sts = () => {
        resolve();
      };
    });
    const last = store.head('runs/1');
    await asked;
    kill.abort();
    await expect(last).rejects.toMatchObject({ fault: 'aborted' });
  });
});
