import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isAlive, lifeOf, ownIdentity, type Here } from '../../src/storage/process-identity.ts';

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
  it('knows its own process, where anything tells when it started', () => {
    expect(own.pid).toBe(process.pid);
    expect(isAlive(own)).toBe(isLinux ? true : null);
  });

  it('knows that a child has ended', async () => {
    const pid = await ended(spawn(process.execPath, ['-e', '']));
    expect(isAlive({ ...own, pid })).toBe(false);
  });

  it.skipIf(!isLinux)('is not deceived by a pid that was given out again', () => {
    expect(isAlive({ ...own, started: '1' })).toBe(false);
  });

  it('does not take the pid alone for the process', () => {
    expect(isAlive({ ...own, started: '-' })).toBeNull();
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

describe('lifeOf', () => {
  const RUNNING = 7;
  const GONE = 8;
  const here = (host: string, change: Partial<Here> = {}): Here => ({
    host,
    knownBy: 'machine',
    exists: (pid) => pid === RUNNING,
    startOf: () => null,
    ...change,
  });
  const there = (host: string, pid: number, started = '-') => ({ host, pid, started });

  it('says nothing of a pid that exists where no boot id and no start tell whose it is now', () => {
    expect(lifeOf(there('mac 1a2b', RUNNING), here('mac 1a2b'))).toBeNull();
    // the boot id is hidden, the start is not: ticks of another boot may be the same
    const hidden = here('box 1a2b', { startOf: () => '5' });
    expect(lifeOf(there('box 1a2b', RUNNING, '5'), hidden)).toBeNull();
  });

  it('says nothing of a pid whose start is hidden', () => {
    const hidden = here('box boot pid:[1]', { knownBy: 'boot' });
    expect(lifeOf(there('box boot pid:[1]', RUNNING, '5'), hidden)).toBeNull();
  });

  it('knows that a pid is gone from the very machine', () => {
    expect(lifeOf(there('mac 1a2b', GONE), here('mac 1a2b'))).toBe(false);
  });

  it('does not take two machines of one name for one', () => {
    expect(lifeOf(there('mac 1a2b', GONE), here('mac 3c4d'))).toBeNull();
    expect(lifeOf(there('mac', GONE), here('mac', { knownBy: 'name' }))).toBeNull();
    // an older cogconv left the name alone
    expect(lifeOf(there('mac', GONE), here('mac 3c4d'))).toBeNull();
  });
});
