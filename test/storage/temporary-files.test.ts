import { describe, expect, it } from 'vitest';
import type { Here } from '../../src/storage/process-identity.ts';
import { isAbandoned, temporaryName } from '../../src/storage/temporary-files.ts';

const HOUR_MS = 3_600_000;

describe('isAbandoned', () => {
  const place = (change: Partial<Here>): Here => ({
    host: 'mac 1a2b',
    knownBy: 'machine',
    exists: () => false,
    startOf: () => null,
    ...change,
  });

  it.each([
    ['gone from this machine', {}, true],
    ['gone from this boot', { host: 'box boot pid:[1]', knownBy: 'boot' }, true],
    ['gone, if this is the machine of that name', { host: 'mac', knownBy: 'name' }, false],
    ['there', { exists: () => true }, false],
  ] as const)('asks where the file was begun: its writer is %s', async (_, change, expected) => {
    const here = place(change);
    expect(await isAbandoned(await temporaryName(here), HOUR_MS, here)).toBe(expected);
  });

  it('goes by the age of what another machine of that name began', async () => {
    const name = await temporaryName(place({ host: 'mac 3c4d' }));
    expect(await isAbandoned(name, HOUR_MS, place({}))).toBe(false);
    expect(await isAbandoned(name, 25 * HOUR_MS, place({}))).toBe(true);
  });

  it('goes by the age where the writer cannot be told from others', async () => {
    const here = place({ host: 'mac', knownBy: 'name' });
    expect(await isAbandoned(await temporaryName(here), 25 * HOUR_MS, here)).toBe(true);
    expect(await isAbandoned('.cogconv-tmp-of-another-tool', HOUR_MS, here)).toBe(false);
  });
});
