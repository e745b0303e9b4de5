import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isAlive, ownIdentity } from '../../src/storage/process-identity.ts';

const own = ownIdentity();
/** Elsewhere nothing tells when a process started, or whether the machine was started anew. */
const isLinux = existsSync('/proc/self/stat');

async function ended(child: ChildProcess): Promise<number> {
  const { pid } = child;
  if (pid === undefined) throw new Error('the child did not start');
  await once(child, 'exit');
  return pid;
}

describe('isAlive', () => {
  it('knows its own process', () => {
    expect(own.pid).toBe(process.pid);
    expect(isAlive(own)).toBe(true);
  });

  it('knows that a child has ended', async () => {
    const pid = await ended(spawn(process.execPath, ['-e', '']));
    expect(isAlive({ ...own, pid })).toBe(false);
  });

  it.skipIf(!isLinux)('is not deceived by a pid that was given out again', () => {
    expect(isAlive({ ...own, started: '1' })).toBe(false);
  });

  it('takes the pid alone where nothing tells when the process started', () => {
    expect(isAlive({ ...own, started: '-' })).toBe(true);
  });

  it('does not know about another host or container', () => {
    expect(isAlive({ ...own, host: 'elsewhere' })).toBeNull();
    const [, ...rest] = own.host.split(' ');
    expect(isAlive({ ...own, host: ['elsewhere', ...rest].join(' ') })).toBeNull();
  });

  it.skipIf(!isLinux)(
    'knows that what ran before this boot is gone, but not in another pid namespace',
    () => {
      const [name = '', , space = ''] = own.host.split(' ');
      expect(isAlive({ ...own, host: `${name} another-boot ${space}` })).toBe(false);
      expect(isAlive({ ...own, host: `${name} another-boot pid:[1]` })).toBeNull();
    },
  );
});
