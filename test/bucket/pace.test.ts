import { beforeEach, describe, expect, it } from 'vitest';
import { Pace } from '../../src/bucket/pace.ts';
import { StorageError, type StorageFault } from '../../src/storage/object-store.ts';
import { FakeClock } from '../fakes/fake-clock.ts';

let clock: FakeClock;
let starts: number[];

beforeEach(() => {
  clock = new FakeClock();
  starts = [];
});

/** Work that fails as often as told. */
function failing(times: number, fault: StorageFault): () => Promise<string> {
  let left = times;
  return async () => {
    starts.push(clock.now().getTime());
    left -= 1;
    if (left >= 0) throw new StorageError(fault, 'S3 says no');
    return 'done';
  };
}

describe('Pace', () => {
  it('starts no more in a second than it may', async () => {
    const pace = new Pace(clock, { perSecond: 100 });
    for (let n = 0; n < 500; n += 1) await pace.run(failing(0, 'other'));
    expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(4_990);
  });

  it('waits out a store that refuses, longer each time, and then goes slower', async () => {
    const pace = new Pace(clock, { perSecond: 1_000 });
    expect(await pace.run(failing(3, 'unavailable'))).toBe('done');
    expect(clock.slept.filter((ms) => ms >= 1_000)).toEqual([1_000, 2_000, 4_000]);
    starts = [];
    for (let n = 0; n < 100; n += 1) await pace.run(failing(0, 'other'));
    expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeGreaterThan(300);
  });

  it('gives up after two minutes, at once for what no waiting mends, and when it is stopped', async () => {
    const pace = new Pace(clock, { perSecond: 1_000 });
    const before = clock.now().getTime();
    await expect(pace.run(failing(99, 'unavailable'))).rejects.toMatchObject({ fault: 'unavailable' });
    expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(120_000);
    starts = [];
    await expect(pace.run(failing(1, 'denied'))).rejects.toMatchObject({ fault: 'denied' });
    expect(starts).toHaveLength(1);
    await expect(pace.run(failing(0, 'other'), AbortSignal.abort(new Error('stopped')))).rejects.toThrow(
      'stopped',
    );
  });
});
