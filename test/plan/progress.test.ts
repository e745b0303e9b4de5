import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { etaSeconds, progressPercent } from '../../src/plan/progress.ts';

describe('progressPercent', () => {
  it.each([
    [0, 0, '0.0'],
    [0, 2321, '0.0'],
    [1, 2321, '0.1'],
    [1161, 2321, '50.0'],
    [2320, 2321, '99.9'],
    [999_999, 1_000_000, '99.9'],
    [1, 1_000_000, '0.1'],
    [2321, 2321, '100.0'],
  ])('says of %i out of %i: %s', (done, total, expected) => {
    expect(progressPercent(done, total)).toBe(expected);
  });

  it('says 100.0 only when all is done and 0.0 only when nothing is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1 }), fc.nat(), (total, part) => {
        const done = Math.min(part, total);
        const text = progressPercent(done, total);
        expect(text === '100.0').toBe(done === total);
        expect(text === '0.0').toBe(done === 0);
      }),
    );
  });
});

describe('etaSeconds', () => {
  it('takes the speed between the samples', () => {
    const samples = [
      { atMs: 0, bytes: 0 },
      { atMs: 10_000, bytes: 100 },
    ];
    expect(etaSeconds(samples, 400)).toBe(30);
  });

  it('forgets what is older than a minute', () => {
    const samples = [
      { atMs: 0, bytes: 0 },
      { atMs: 100_000, bytes: 1 },
      { atMs: 110_000, bytes: 101 },
    ];
    expect(etaSeconds(samples, 201)).toBe(10);
  });

  it.each([
    ['there is no sample', []],
    ['there is one sample', [{ atMs: 0, bytes: 5 }]],
    [
      'the samples lie too close together',
      [
        { atMs: 0, bytes: 0 },
        { atMs: 1_000, bytes: 5 },
      ],
    ],
    [
      'nothing was done meanwhile',
      [
        { atMs: 0, bytes: 5 },
        { atMs: 50_000, bytes: 5 },
      ],
    ],
  ])('says nothing while %s', (_, samples) => {
    expect(etaSeconds(samples, 100)).toBeNull();
  });

  it('is never negative', () => {
    const samples = [
      { atMs: 0, bytes: 0 },
      { atMs: 10_000, bytes: 500 },
    ];
    expect(etaSeconds(samples, 400)).toBe(0);
  });
});
