import { describe, expect, it } from 'vitest';
import type { VerifyReport } from '../../src/commands/reports.ts';
import type { VerifiedCog } from '../../src/plan/verify-outcome.ts';
import { renderVerify } from '../../src/terminal/verify.ts';
import { MARKED } from './marked-style.ts';

const cog = (name: string, change: Partial<VerifiedCog> = {}): VerifiedCog => ({
  source: `src/${name}.tif`,
  target: `cogs/${name}_cog.tif`,
  outcome: 'verified',
  differences: [],
  reason: '',
  ...change,
});

function reportOf(files: readonly VerifiedCog[], change: Partial<VerifyReport> = {}): VerifyReport {
  const of = (outcome: VerifiedCog['outcome']): number =>
    files.filter((file) => file.outcome === outcome).length;
  return {
    destination: 's3://b/cogs/',
    pixels: true,
    total: files.length,
    seed: '',
    counts: {
      verified: of('verified'),
      different: of('different'),
      'source-changed': of('source-changed'),
      'source-gone': of('source-gone'),
      unchecked: of('unchecked'),
    },
    files,
    leftOut: [],
    interrupted: false,
    ...change,
  };
}

describe('renderVerify', () => {
  it('is one line where all is well', () => {
    expect(renderVerify(reportOf([cog('a'), cog('b')]), MARKED)).toEqual([
      '<green>2 of 2 COGs verified</green> against their sources (structure and pixels)',
    ]);
    expect(renderVerify(reportOf([]), MARKED)).toEqual(['Nothing to verify.']);
  });

  it('names what differs and the checks, what could not be checked, and what has no source to compare with', () => {
    const differences = [{ check: 'nodata', message: 'band 1: nodata -9999, then none' }] as const;
    const report = reportOf([
      cog('a', { outcome: 'different', differences }),
      cog('\n', { outcome: 'different', source: null, differences }),
      cog('b', { outcome: 'unchecked', reason: 'S3 did not answer' }),
      cog('c', { outcome: 'source-changed', differences }),
      cog('d', { outcome: 'source-gone' }),
    ]);
    expect(renderVerify(report, MARKED)).toEqual([
      '<green>0 of 5 COGs verified</green> against their sources (structure and pixels)',
      '<red>different</red>  cogs/a_cog.tif',
      '  source: src/a.tif',
      '  nodata: band 1: nodata -9999, then none',
      '<red>different</red>  cogs/\\u000a_cog.tif',
      '  nodata: band 1: nodata -9999, then none',
      '<red>not checked</red>  cogs/b_cog.tif',
      '  S3 did not answer',
      '1 COG of sources that were replaced since (cogconv convert --stale renews them)',
      '  cogs/c_cog.tif',
      '1 COG of sources that are not there any more: valid by themselves, nothing to compare with',
      '  cogs/d_cog.tif',
    ]);
  });

  it('says what the sample was, that it was interrupted, and what was left out', () => {
    const some = [cog('a')];
    const sample = renderVerify(reportOf(some, { total: 1000, pixels: false }), MARKED);
    expect(sample.slice(0, 2)).toEqual([
      '<green>1 of 1 COG verified</green> against their sources (structure; --pixels compares every pixel too)',
      'A sample of 1000; the same again next time, another with --seed TEXT, every one with --all',
    ]);
    expect(renderVerify(reportOf(some, { total: 9, seed: 'x' }), MARKED)[1]).toMatch(
      /^A sample with seed x of 9;/,
    );
    const leftOut = [{ why: 'no-cog', count: 1, examples: ['src/z.tif'] }] as const;
    expect(renderVerify(reportOf(some, { total: 9, interrupted: true, leftOut }), MARKED).slice(1)).toEqual([
      'Interrupted: 8 COGs not looked at',
      'Left out: 1 file, named by --keys-from, but not converted yet',
      '  src/z.tif',
    ]);
  });

  it('shortens long lists of what is no fault', () => {
    const gone = Array.from({ length: 23 }, (_, at) => cog(String(at), { outcome: 'source-gone' }));
    const lines = renderVerify(reportOf(gone), MARKED);
    expect(lines).toHaveLength(23);
    expect(lines.at(-1)).toBe('  ... and 3 more');
  });
});
