import { describe, expect, it } from 'vitest';
import { ContractError } from '../../src/contract/contract-error.ts';
import { parseVerifyRequest, REQUEST_VERSION, type VerifyRequest } from '../../src/contract/verification.ts';

const REQUEST: VerifyRequest = {
  version: REQUEST_VERSION,
  pixels: true,
  vcpus: 2,
  memoryMiB: 4096,
  fileTimeoutSeconds: 600,
  files: [
    { source: 'src/a.tif', target: 'cogs/a_cog.tif', sidecars: ['src/a.tfw'] },
    { source: null, target: 'cogs/b_cog.tif', sidecars: [] },
  ],
};

describe('parseVerifyRequest', () => {
  it('reads what was written, without a time limit too', () => {
    expect(parseVerifyRequest(JSON.stringify(REQUEST))).toEqual(REQUEST);
    const unlimited = { ...REQUEST, fileTimeoutSeconds: null };
    expect(parseVerifyRequest(JSON.stringify(unlimited))).toEqual(unlimited);
  });

  it.each([
    ['another version', { version: 2 }, /version 2, this cogconv reads version 1/],
    ['no threads', { vcpus: 0 }, /"vcpus"/],
    ['no files', { files: undefined }, /"files"/],
    ['a file without target', { files: [{ source: null, sidecars: [] }] }, /file 1.*"target"/],
    ['sidecars that are no texts', { files: [{ ...REQUEST.files[1], sidecars: [1] }] }, /"sidecars"/],
  ])('refuses %s', (_, change, message) => {
    const parse = (): unknown => parseVerifyRequest(JSON.stringify({ ...REQUEST, ...change }));
    expect(parse).toThrow(ContractError);
    expect(parse).toThrow(message);
  });
});
