import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { killTree } from '../../src/local/process-tree.ts';

// A worker whose child leads a group of its own, as GDAL does.
const PROGRAM = `
const { spawn } = require('node:child_process');
const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600000)'], { detached: true, stdio: 'ignore' });
process.stdout.write(String(child.pid));
setTimeout(() => {}, 600000);`;

describe('killTree', () => {
  it.runIf(existsSync('/proc/self/task'))('ends a process and what it started in other groups', async () => {
    const worker = spawn(process.execPath, ['-e', PROGRAM], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [text] = (await once(worker.stdout, 'data')) as [Buffer];
    const child = Number(text.toString());
    expect(isEnded(child)).toBe(false);
    killTree(worker.pid ?? 0);
    expect(await once(worker, 'exit')).toEqual([null, 'SIGKILL']);
    await expect.poll(() => isEnded(child)).toBe(true);
  });

  it('does not mind a process that has ended', async () => {
    const ended = spawn(process.execPath, ['-e', '']);
    await once(ended, 'exit');
    killTree(ended.pid ?? 0);
  });
});

/** Gone, or a zombie that nobody has waited for (as in a container without an init process). */
function isEnded(pid: number): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/stat`, 'utf8').includes(') Z ');
  } catch {
    return true;
  }
}
