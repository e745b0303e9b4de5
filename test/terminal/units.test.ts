import { describe, expect, it } from 'vitest';
import { count, duration, gigabytes, size } from '../../src/terminal/units.ts';

const GIB = 1024 ** 3;

describe('gigabytes', () => {
  it.each([
    [47.5 * GIB, '47.50 GB'],
    [0, '0.00 GB'],
    [1, '0.00 GB'],
    [1e9, '0.93 GB'],
    [2500 * GIB, '2500.00 GB'],
  ])('writes %i bytes as %s', (bytes, text) => {
    expect(gigabytes(bytes)).toBe(text);
  });
});

describe('size', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KB'],
    [5939, '5.8 KB'],
    [1024 ** 2 - 1, '1.0 MB'],
    [1023.9 * 1024, '1023.9 KB'],
    [47.5 * GIB, '47.5 GB'],
    [1.5 * 1024 ** 4, '1.5 TB'],
    [2048 * 1024 ** 5, '2048.0 PB'],
  ])('writes %d bytes as %s', (bytes, text) => {
    expect(size(bytes)).toBe(text);
  });
});

describe('count', () => {
  it.each([
    [0, '0 files'],
    [1, '1 file'],
    [2, '2 files'],
  ])('writes %i as %s', (n, text) => {
    expect(count(n, 'file')).toBe(text);
  });
});

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [59.5, '1 min 0 s'],
    [185, '3 min 5 s'],
    [3599.6, '1 h 0 min'],
    [7850, '2 h 10 min'],
  ])('writes %d seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
