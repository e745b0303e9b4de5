import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

describe('npm run demo', () => {
  it('ends well: COGs of all sound rasters, after an interruption', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'cogconv-demo-'));
    try {
      const demo = spawnSync('npm', ['run', 'demo', '--', join(scratch, 'demo')], { encoding: 'utf8' });

      expect(demo.status, demo.stdout + demo.stderr).toBe(0);
      expect(demo.stdout).toContain('All as it must be.');
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
});
