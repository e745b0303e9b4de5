import { describe, expect, it } from 'vitest';
import { hasTransparency, samePalette } from '../../worker/palette.ts';

type Coloured = Parameters<typeof hasTransparency>[0];

const coloured = (
  colours: readonly (readonly number[])[],
  nodata: string | null = null,
  usedBits: number | null = null,
): Coloured => ({ type: 'Byte', usedBits, palette: JSON.stringify(colours), nodata });
const [red, blue, black] = [
  [200, 0, 0, 255],
  [0, 0, 200, 255],
  [0, 0, 0, 255],
];
const unseen = [0, 0, 200, 0];
const none: Coloured = { ...coloured([]), palette: null };

describe('samePalette', () => {
  it('takes the black entries that a TIFF adds for what they are', () => {
    expect(samePalette(coloured([red, blue]), coloured([red, blue, black, black]))).toBe(true);
    expect(samePalette(coloured([red, blue]), coloured([red, blue, black, red]))).toBe(false);
    expect(samePalette(coloured([red, blue, black]), coloured([red, blue]))).toBe(false);
  });

  it('minds no transparency of nodata', () => {
    expect(samePalette(coloured([red, blue], '1'), coloured([red, unseen], '1'))).toBe(true);
    expect(samePalette(coloured([red, blue]), coloured([red, unseen]))).toBe(false);
  });

  it('minds no colours of values that the samples cannot have', () => {
    const reds = Array.from({ length: 300 }, () => red);
    expect(samePalette(coloured(reds), coloured(reds.slice(0, 256)))).toBe(true);
    expect(samePalette(coloured(reds), coloured([...reds.slice(0, 255), blue]))).toBe(false);
    expect(samePalette(coloured(reds, null, 4), coloured(reds.slice(0, 16), null, 4))).toBe(true);
    expect(samePalette(coloured(reds, null, 4), coloured(reds.slice(0, 15), null, 4))).toBe(false);
  });

  it('finds another colour, and a palette that one of the two lacks', () => {
    expect(samePalette(coloured([red]), coloured([blue]))).toBe(false);
    expect(samePalette(coloured([red]), none)).toBe(false);
    expect(samePalette(none, coloured([black]))).toBe(false);
    expect(samePalette(none, none)).toBe(true);
  });
});

describe('hasTransparency', () => {
  it('is that of any value but nodata', () => {
    expect(hasTransparency(coloured([red, unseen]))).toBe(true);
    expect(hasTransparency(coloured([red, unseen], '1'))).toBe(false);
    expect(hasTransparency(coloured([red, blue]))).toBe(false);
    expect(hasTransparency(none)).toBe(false);
  });

  it('is none of values that the samples cannot have', () => {
    expect(hasTransparency(coloured([red, blue, unseen], null, 1))).toBe(false);
  });
});
