import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const RASTER = 'test/fixtures/rasters/L7_ETMs.tif';
const NOBODY = 65_534;
const IS_ROOT = process.getuid?.() === 0;

const scratch = mkdtempSync(join(tmpdir(), 'cogconv-refusals-'));
const program = join(scratch, 'dist/main.js');
const raw = join(scratch, 'bucket/raw');

/** Runs as somebody who has no more rights than the files give him; root could read all. */
function cogconv(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const settings = {
    S3_BUCKET: join(scratch, 'bucket'),
    SOURCE_PREFIX: 'raw/',
    COG_PREFIX: 'cogs/',
    OUTPUT_DIR: join(scratch, 'status'),
  };
  return spawnSync(process.execPath, [program, ...args], {
    env: { ...process.env, ...settings, ...env },
    encoding: 'utf8',
    ...(IS_ROOT ? { uid: NOBODY, gid: NOBODY } : {}),
  });
}

function own(...folders: readonly string[]): void {
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true });
    if (IS_ROOT) chownSync(folder, NOBODY, NOBODY);
  }
}

beforeAll(() => {
  // the clone may lie where only its owner may look
  cpSync('dist', join(scratch, 'dist'), { recursive: true });
  chmodSync(scratch, 0o755);
  own(join(scratch, 'bucket'), raw, join(raw, 'locked'), join(scratch, 'status'));
  copyFileSync(RASTER, join(raw, 'a.tif'));
  chmodSync(join(raw, 'a.tif'), 0o644);
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('a folder that may not be read', () => {
  it('is exit 5 that names it, not a shorter listing', () => {
    chmodSync(join(raw, 'locked'), 0o000);
    const { status, stderr, stdout } = cogconv(['status']);
    chmodSync(join(raw, 'locked'), 0o755);
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' });
    expect(stderr).toContain(join('raw', 'locked'));
  });
});

describe('a directory that may not be written', () => {
  it('is exit 5 of convert, and doctor tells it and leaves nothing behind', () => {
    const bucket = join(scratch, 'read-only');
    cpSync(raw, join(bucket, 'raw'), { recursive: true });
    chmodSync(bucket, 0o555);
    const refused = cogconv(['convert'], { S3_BUCKET: bucket });
    const doctor = cogconv(['doctor', '--json'], { S3_BUCKET: bucket });
    const { data } = JSON.parse(doctor.stdout) as { data: { checks: readonly Record<string, unknown>[] } };
    const left = readdirSync(bucket);
    chmodSync(bucket, 0o755);
    expect(refused.status).toBe(5);
    expect(doctor.status).toBe(1);
    expect(data.checks[0]).toEqual({
      name: 'directory',
      state: 'problem',
      detail: `cannot write into ${bucket}: permission denied`,
      mend: 'check owner and mode of the path',
    });
    expect(left).toEqual(['raw']);
  });
});

describe('a source that may not be read', () => {
  it('fails alone, and is taken up once it may', () => {
    copyFileSync(RASTER, join(raw, 'secret.tif'));
    chmodSync(join(raw, 'secret.tif'), 0o000);
    const first = cogconv(['convert']);
    expect(first.status).toBe(3);
    expect(first.stdout).toContain('access-denied');
    expect(readdirSync(join(scratch, 'bucket/cogs')).sort()).toEqual(['a_cog.tif', 'manifests']);
    chmodSync(join(raw, 'secret.tif'), 0o644);
    expect(cogconv(['convert']).status).toBe(0);
    expect(cogconv(['status', '--check']).status).toBe(0);
  }, 120_000);
});

const smallDisk = join(scratch, 'small');

/** Only root can mount. The worker's own tests fill a disk by `ulimit`, everywhere. */
function mountSmallDisk(): boolean {
  if (!IS_ROOT) return false;
  own(smallDisk);
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m,mode=777', 'none', smallDisk]).status === 0;
}

const HAS_SMALL_DISK = mountSmallDisk();
if (!HAS_SMALL_DISK)
  process.stderr.write('\n*** no tmpfs can be mounted here: LEFT OUT: a scratch disk that is full ***\n');
else {
  describe('a scratch disk that is full', () => {
    afterAll(() => {
      spawnSync('umount', [smallDisk]);
    });

    it('is a temporary failure that leaves nothing behind; the same command goes on once there is room', () => {
      copyFileSync(RASTER, join(raw, 'later.tif'));
      chmodSync(join(raw, 'later.tif'), 0o644);
      const filler = join(smallDisk, 'filler');
      writeFileSync(filler, Buffer.alloc(15 * 2 ** 20));
      const full = cogconv(['convert'], { SCRATCH_DIR: smallDisk });
      expect(full.status).toBe(3);
      expect(full.stdout).toContain('disk-full');
      expect(readdirSync(smallDisk)).toEqual(['filler']);
      rmSync(filler);
      expect(cogconv(['convert'], { SCRATCH_DIR: smallDisk }).status).toBe(0);
    }, 120_000);
  });
}
