import { describe, expect, it } from 'vitest';
import { lostMetadata } from '../../worker/lost-metadata.ts';

describe('lostMetadata', () => {
  const source = { metadataDomains: ['CAMERA', 'xml:XMP', 'CALIBRATION'] };

  it('names the domains that the COG lacks', () => {
    const [warning, ...more] = lostMetadata(source, { metadataDomains: ['xml:XMP'] });
    expect(warning).toMatchObject({ code: 'metadata-lost' });
    expect(warning?.message).toContain("the source's metadata in CAMERA, CALIBRATION:");
    expect(more).toEqual([]);
  });

  it('is silent where the COG has them all', () => {
    expect(lostMetadata(source, { metadataDomains: [...source.metadataDomains, 'MORE'] })).toEqual([]);
  });
});
