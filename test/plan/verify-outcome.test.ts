import { describe, expect, it } from 'vitest';
import type { Check, VerifiedFile } from '../../src/contract/verification.ts';
import { explain, needsProvenance } from '../../src/plan/verify-outcome.ts';

const different = (check: Check, change: Partial<VerifiedFile> = {}): VerifiedFile => ({
  source: 'src/a.tif',
  target: 'cogs/a_cog.tif',
  outcome: 'different',
  differences: [{ check, message: 'x' }],
  reason: '',
  sourceEtag: 'now',
  isSourceNewer: false,
  ...change,
});
const made = (sourceEtag: string, source = 'src/a.tif') => ({ source, sourceEtag });

describe('explain', () => {
  it('takes a COG of another version of its source for no corrupt one', () => {
    expect(explain(different('pixels'), made('then')).outcome).toBe('source-changed');
    expect(explain(different('pixels'), made('now')).outcome).toBe('different');
  });

  it('goes by the times where no result tells, or one of another source', () => {
    expect(explain(different('size', { isSourceNewer: true }), undefined).outcome).toBe('source-changed');
    expect(explain(different('size'), undefined).outcome).toBe('different');
    expect(explain(different('size'), made('then', 'src/public_a.tif')).outcome).toBe('different');
  });

  it('excuses nothing in a COG that is none by itself', () => {
    for (const check of ['layout', 'data'] as const) {
      expect(needsProvenance(different(check))).toBe(false);
      expect(explain(different(check), made('then')).outcome).toBe('different');
    }
  });

  it('leaves other outcomes as they are', () => {
    const verified = different('crs', { outcome: 'verified', differences: [], isSourceNewer: true });
    expect(needsProvenance(verified)).toBe(false);
    expect(explain(verified, made('then')).outcome).toBe('verified');
  });
});
