import { describe, expect, it } from 'vitest';
import { filterPam } from '../../worker/pam.ts';

const pam = (inner: string): string => `<PAMDataset>${inner}</PAMDataset>`;

describe('filterPam', () => {
  it('keeps CRS, names and tables', () => {
    const text = pam(
      '<SRS>PROJCS[&quot;x&quot;]</SRS><Metadata domain="RPC"><MDI key="ERR_BIAS">1</MDI></Metadata><PAMRasterBand band="1"><CategoryNames><Category>a &amp; b</Category></CategoryNames></PAMRasterBand>',
    );
    expect(filterPam(text)).toEqual({ text, isReadable: true, dropped: [] });
  });

  it('keeps every row of a long table', () => {
    const rows = Array.from(
      { length: 4000 },
      (_, at) => `<Row index="${String(at)}"><F>${String(at)}</F></Row>`,
    );
    const text = pam(
      `<PAMRasterBand band="1"><GDALRasterAttributeTable>${rows.join('')}</GDALRasterAttributeTable></PAMRasterBand>`,
    );
    expect(filterPam(text).text).toBe(text);
  });

  it('drops statistics and histograms, which may be of older pixels, and says so', () => {
    const band = (inner: string): string => `<PAMRasterBand band="1">${inner}</PAMRasterBand>`;
    const { text, dropped } = filterPam(
      pam(
        band(
          '<Histograms><HistItem/></Histograms><Metadata><MDI key="STATISTICS_MEAN">1</MDI><MDI key="NAME">n</MDI></Metadata>',
        ),
      ),
    );
    expect(text).toBe(pam(band('<Metadata><MDI key="NAME">n</MDI></Metadata>')));
    expect(dropped).toEqual(['histograms', 'statistics']);
  });

  it.each([
    ['plainly', '<Metadata domain="OVERVIEWS"><MDI key="OVERVIEW_FILE">/etc/passwd</MDI></Metadata>'],
    ['by entities', '<Metadata domain="&#79;VERVIEWS"><MDI key="X">/etc/passwd</MDI></Metadata>'],
    ['in other case', '<METADATA Domain="OVERVIEWS"><mdi Key="OVERVIEW_FILE">/etc/passwd</mdi></METADATA>'],
    ['in a domain of its own case', '<Metadata domain="overviews"><MDI key="X">/etc/passwd</MDI></Metadata>'],
    ['in a kept domain', '<Metadata><mdi key="overview_file">/etc/passwd</mdi></Metadata>'],
    ['as a subdataset', '<subdataset name="/etc/passwd"><PAMDataset/></subdataset>'],
    [
      'within a band',
      '<pamrasterband band="1"><Metadata domain="GEOLOCATION"><MDI key="X_DATASET">/etc/passwd</MDI></Metadata></pamrasterband>',
    ],
  ])('drops names of other files, written %s', (_, inner) => {
    const { text, dropped, isReadable } = filterPam(pam(`<SRS>x</SRS>${inner}`));
    expect(text).toContain('<SRS>x</SRS>');
    expect(text).not.toContain('passwd');
    expect(dropped).toHaveLength(1);
    expect(isReadable).toBe(true);
  });

  it('is nothing when nothing worth keeping remains', () => {
    expect(filterPam(pam(' <Histograms/> \n'))).toEqual({
      text: null,
      isReadable: true,
      dropped: ['histograms'],
    });
  });

  it.each([
    ['garbage', '\0\uFFFDII*'],
    ['half a file', '<PAMDataset><broken'],
    ['other XML', '<metadata><idinfo/></metadata>'],
    ['a name given twice', '<PAMDataset><Metadata domain="OVERVIEWS" domain=""/></PAMDataset>'],
  ])('refuses %s', (_, text) => {
    expect(filterPam(text)).toEqual({ text: null, isReadable: false, dropped: [] });
  });
});
