import { describe, expect, it } from 'vitest';
import { lineKey } from '../../src/plan/line-key.ts';

describe('lineKey', () => {
  it.each(['src/a.tif', 'src/a "b" \\ $(x) é 😀.tif', '-rf', ''])('leaves %j as it is', (key) => {
    expect(lineKey(key)).toBe(key);
  });

  it.each(['a\tb', 'a\nb', 'a\rb', '\u0000', 'a\u007f', 'a\u0085', 'a\u2028b', '"quoted"', '\ud800'])(
    'writes %j as JSON on one line, readable again',
    (key) => {
      const written = lineKey(key);
      expect(written).toMatch(/^".*"$/);
      expect(written).not.toMatch(/[\p{Cc}\u2028\u2029\p{Surrogate}]/u);
      expect(JSON.parse(written)).toBe(key);
    },
  );
});
