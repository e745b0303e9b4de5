import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMuteServer, type MuteServer } from '../fakes/mute-server.ts';
import { ROLE_PROFILE } from '../fakes/role-profile.ts';

const PROGRAM = join(process.cwd(), 'dist/main.js');

describe('Ctrl-C while AWS does not answer', () => {
  let folder: string;
  let aws: MuteServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cogconv-interrupt-'));
    mkdirSync(join(folder, '.aws'));
    writeFileSync(join(folder, '.aws/config'), ROLE_PROFILE);
    aws = await startMuteServer();
  });
  afterAll(async () => {
    await aws.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const KEYS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

  const ROLE = { AWS_PROFILE: 'role' };

  it.each([
    ['doctor', KEYS],
    ['setup', KEYS],
    ['teardown', KEYS],
    ['iam-policy', KEYS],
    ['deploy', KEYS],
    ['convert', KEYS],
    ['list', KEYS],
    ['status', KEYS],
    ['jobs', KEYS],
    ['failures', KEYS],
    ['verify', KEYS],
    ['cancel', KEYS],
    ['retry', KEYS],
    ['logs tiles-20260101000000-1', KEYS],
    // the SDK asks for the role by a client of its own, which heeds nobody
    ['setup', ROLE],
    ['list', ROLE],
    ['status', ROLE],
    ['convert', ROLE],
    ['jobs', ROLE],
    ['failures', ROLE],
    ['verify', ROLE],
    ['doctor', ROLE],
    ['cancel', ROLE],
    ['retry', ROLE],
    ['logs tiles-20260101000000-1', ROLE],
  ])('ends %s, with %j', async (command, credentials) => {
    const asked = aws.asked();
    const child = spawn(process.execPath, [PROGRAM, ...command.split(' ')], {
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        S3_BUCKET: 'rasters',
        OUTPUT_DIR: folder,
        AWS_ENDPOINT_URL: aws.endpoint,
        ...credentials,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const said = text(child.stderr);
    await asked;
    child.kill('SIGINT');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect({ code, said: await said }).toEqual({
      code: 130,
      said: 'error: interrupted; the same command goes on from here\n',
    });
  });
});
