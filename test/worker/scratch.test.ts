import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ContractError } from '../../src/contract/contract-error.ts';
import { ownIdentity } from '../../src/storage/process-identity.ts';
import type { FileFailure } from '../../worker/file-failure.ts';
import { Stopped } from '../../worker/resource-gate.ts';
import { Scratch } from '../../worker/scratch.ts';

const never = new AbortController().signal;
let root: string;
let living: ChildProcess | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cogconv-scratch-'));
});

afterEach(() => {
  living?.kill();
  rmSync(root, { recursive: true, force: true });
});

/** A folder as this process would leave it, under another pid and start. */
async function leave(pid: number, started: string): Promise<string> {
  const mine = await Scratch.open(root);
  const parts = (mine.folder.split('/').at(-1) ?? '').split('-');
  const name = [parts[0], String(pid), started, parts[3]].join('-');
  renameSync(mine.folder, join(root, name));
  writeFileSync(join(root, name, 'owner.json'), JSON.stringify({ ...ownIdentity(), pid, started }));
  return name;
}

describe('Scratch.open', () => {
  it.skipIf(!existsSync('/proc/1'))('says which setting to change where no folder can be made', async () => {
    for (const unusable of ['/proc/1', '/proc/1/below']) {
      const opened = Scratch.open(unusable);
      await expect(opened).rejects.toThrow(ContractError);
      await expect(opened).rejects.toThrow(`SCRATCH_DIR is "${unusable}": it must be a folder that can be`);
    }
  });

  it('removes what a dead worker left and nothing else', async () => {
    const dead = await leave(spawnSync(process.execPath, ['-e', '']).pid, '1');
    const strangers = ['cogconv-notes', 'cogconv-1-2-3', 'other'];
    for (const name of strangers) mkdirSync(join(root, name));
    const scratch = await Scratch.open(root);
    const names = readdirSync(root);
    expect(names).not.toContain(dead);
    expect(names).toEqual(expect.arrayContaining([...strangers, scratch.folder.split('/').at(-1)]));
  });

  it('keeps what a living worker uses', async () => {
    living = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
    // x stands for a start that nothing tells
    const name = await leave(living.pid ?? 0, 'x');
    await Scratch.open(root);
    expect(readdirSync(root)).toContain(name);
  });

  it('keeps the folders of other hosts, and removes those of an earlier boot', async () => {
    const [host = '', boot = '', space = ''] = ownIdentity().host.split(' ');
    const owners = {
      'cogconv-1-5-00000001': { pid: 1, started: '5', host: `elsewhere ${boot} ${space}` },
      'cogconv-1-5-00000002': { pid: 1, started: '5', host: `${host} earlier ${space}` },
    };
    for (const [name, owner] of Object.entries(owners)) {
      mkdirSync(join(root, name));
      writeFileSync(join(root, name, 'owner.json'), JSON.stringify(owner));
    }
    mkdirSync(join(root, 'cogconv-1-5-00000003'));
    await Scratch.open(root);
    const isLinux = space !== '';
    expect(readdirSync(root).filter((name) => name.startsWith('cogconv-1-5-'))).toEqual(
      Object.keys(owners)
        .slice(0, isLinux ? 1 : 2)
        .concat('cogconv-1-5-00000003'),
    );
  });

  it('leaves nothing behind when it is closed', async () => {
    const scratch = await Scratch.open(root);
    await scratch.take('0', 1, never);
    await scratch.close();
    expect(readdirSync(root)).toEqual([]);
  });
});

describe('Scratch.take', () => {
  const total = (): number => statfsSync(root).blocks * statfsSync(root).bsize;
  const free = (): number => statfsSync(root).bavail * statfsSync(root).bsize;

  it('refuses what the disk could never hold', async () => {
    const scratch = await Scratch.open(root);
    const taken = scratch.take('0', total() * 2, never);
    await expect(taken).rejects.toThrow(expect.objectContaining({ code: 'does-not-fit' }) as FileFailure);
  });

  it('lets a file wait until another gives back its room', async () => {
    const scratch = await Scratch.open(root);
    const bytes = Math.floor(free() * 0.6);
    const first = await scratch.take('0', bytes, never);
    const events: string[] = [];
    const second = scratch.take('1', bytes, never).then(() => events.push('second'));
    events.push('released');
    await first.release();
    await second;
    expect(events).toEqual(['released', 'second']);
    expect(readdirSync(scratch.folder).sort()).toEqual(['1', 'owner.json']);
  });

  it('gives more of what is free and keeps that from the others until it is given back', async () => {
    const scratch = await Scratch.open(root);
    const { bavail, bsize } = statfsSync(root);
    const most = bavail * bsize * 0.6;
    const first = await scratch.take('a', 0, never);
    expect(await first.tryMore(bavail * bsize * 2)).toBe(false);
    expect(await first.tryMore(most)).toBe(true);
    const second = await scratch.take('b', 0, never);
    expect(await second.tryMore(most)).toBe(false);
    await first.release();
    expect(await second.tryMore(most)).toBe(true);
  });

  it('lets a file wait for more until another gives back its room, before any new one', async () => {
    const scratch = await Scratch.open(root);
    const bytes = Math.floor(free() * 0.6);
    const first = await scratch.take('0', bytes, never);
    const second = await scratch.take('1', 0, never);
    const events: string[] = [];
    const more = second.waitForMore(bytes, never).then(() => events.push('more'));
    const third = scratch.take('2', 0, never).then(() => events.push('third'));
    events.push('released');
    await first.release();
    await Promise.all([more, third]);
    expect(events).toEqual(['released', 'more', 'third']);
    expect(await second.tryMore(bytes)).toBe(false);
  });

  it('lets the first of those go on that all wait for more', async () => {
    const scratch = await Scratch.open(root);
    const bytes = free() * 2;
    const rooms = await Promise.all(['0', '1', '2'].map((name) => scratch.take(name, 0, never)));
    const order: number[] = [];
    await Promise.all(
      rooms.map(async (room, at) => {
        await room.waitForMore(bytes, never);
        order.push(at);
        await room.release();
      }),
    );
    expect(order).toEqual([0, 1, 2]);
  });

  it('tries a file that is alone with what is there', async () => {
    const scratch = await Scratch.open(root);
    const room = await scratch.take('0', 0, never);
    await room.waitForMore(free() * 2, never);
    await room.release();
    expect((await scratch.take('0', 0, never)).folder).toBe(room.folder);
  });

  it('holds nothing for a folder that cannot be made', async () => {
    const scratch = await Scratch.open(root);
    await scratch.take('0', 0, never);
    const bytes = Math.floor(free() * 0.6);
    await expect(scratch.take('0', bytes, never)).rejects.toMatchObject({ code: 'EEXIST' });
    expect((await scratch.take('1', bytes, never)).folder).toBe(join(scratch.folder, '1'));
  });

  it('gives back the room of a folder that cannot be removed', async () => {
    const scratch = await Scratch.open(root);
    const bytes = Math.floor(free() * 0.6);
    const first = await scratch.take('0', bytes, never);
    const other = await scratch.take('1', 0, never);
    // below a file there is nothing that could be removed
    rmSync(scratch.folder, { recursive: true });
    writeFileSync(scratch.folder, '');
    await expect(first.release()).rejects.toMatchObject({ code: 'ENOTDIR' });
    expect(await other.tryMore(bytes)).toBe(true);
  });

  it('gives up when the job is to stop', async () => {
    const stop = new AbortController();
    stop.abort();
    const scratch = await Scratch.open(root);
    await expect(scratch.take('0', 1, stop.signal)).rejects.toThrow(Stopped);
  });
});
