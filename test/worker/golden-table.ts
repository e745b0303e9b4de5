import type { FailureCode } from '../../src/contract/failures.ts';

/** What must become of one raster of make-rasters.py. */
export interface Golden {
  readonly name: string;
  /** Absent: converted. */
  readonly fails?: FailureCode;
  readonly copied?: true;
  readonly predictor?: 'NO' | 'STANDARD' | 'FLOATING_POINT';
  readonly resampling?: 'NEAREST' | 'AVERAGE';
  readonly warnings?: readonly string[];
  readonly hasSidecar?: true;
  /** What becomes of it instead where GDAL can write its CRS into a GeoTIFF. */
  readonly ifCrsFits?: Golden;
}

type Rest = Omit<Golden, 'name' | 'predictor' | 'resampling'>;

/** Amounts of whole numbers. */
const amounts = (name: string, rest: Rest = {}): Golden => ({
  name,
  predictor: 'STANDARD',
  resampling: 'AVERAGE',
  ...rest,
});
const floats = (name: string, rest: Rest = {}): Golden => ({
  name,
  predictor: 'FLOATING_POINT',
  resampling: 'AVERAGE',
  ...rest,
});
const classes = (name: string, rest: Rest = {}): Golden => ({
  name,
  predictor: 'NO',
  resampling: 'NEAREST',
  ...rest,
});
const plain = (name: string, rest: Rest = {}): Golden => ({
  name,
  predictor: 'NO',
  resampling: 'AVERAGE',
  ...rest,
});
const fails = (name: string, code: FailureCode): Golden => ({ name, fails: code });

/** By raster, in the order of make-rasters.py. Holds on every GDAL from 3.6 on. */
export const GOLDEN: readonly Golden[] = [
  // real
  amounts('L7_ETMs'),
  floats('olinda_dem_utm25s'),
  classes('lc', { hasSidecar: true }),
  amounts('landsat_big'),
  floats('dem_big'),
  classes('landcover_big', { hasSidecar: true }),
  // types
  amounts('byte'),
  amounts('uint16'),
  amounts('int16'),
  amounts('uint32'),
  amounts('int32'),
  amounts('uint64'),
  amounts('int64'),
  floats('float32'),
  floats('float64'),
  classes('complex_int16'),
  classes('complex_float32'),
  plain('noise_byte'),
  { name: 'noise_float32', resampling: 'AVERAGE' },
  classes('bits1'),
  classes('bits4'),
  plain('bits12'),
  floats('half'),
  // classes
  classes('classes_byte'),
  classes('classes_int16'),
  classes('classes_float'),
  { name: 'class_beside_amounts', resampling: 'NEAREST' },
  classes('field_numbers'),
  classes('palette'),
  classes('palette_nodata'),
  classes('pam_palette_short'),
  classes('pam_palette_nodata'),
  fails('pam_palette_transparent', 'unsupported'),
  classes('pam_palette_long'),
  classes('pam_palette_bits4'),
  fails('pam_palette_int16', 'unsupported'),
  fails('pam_nodata_by_band', 'unsupported'),
  classes('category_names', { hasSidecar: true }),
  classes('attribute_table', { hasSidecar: true }),
  classes('classes_bad_overviews'),
  classes('constant'),
  // missing values
  amounts('nodata_int'),
  floats('nodata_float'),
  floats('nodata_9999'),
  amounts('nodata_32768'),
  amounts('nodata_255'),
  floats('nodata_nan'),
  amounts('nodata_0'),
  plain('all_nodata'),
  floats('undeclared_9999', { warnings: ['undeclared-nodata'] }),
  amounts('undeclared_32768', { warnings: ['undeclared-nodata'] }),
  floats('undeclared_lowest', { warnings: ['undeclared-nodata'] }),
  amounts('undeclared_255', { warnings: ['undeclared-nodata'] }),
  amounts('saturated_255'),
  floats('nan_undeclared'),
  amounts('rgb'),
  amounts('rgba'),
  amounts('mask_internal'),
  amounts('mask_sidecar'),
  amounts('bands5'),
  amounts('bands40'),
  // places
  amounts('crs_geographic'),
  amounts('crs_mercator'),
  amounts('crs_albers'),
  amounts('crs_british'),
  amounts('crs_new_zealand'),
  amounts('crs_mollweide'),
  amounts('crs_compound'),
  // 3.6 keeps this CRS in a sidecar alone, 3.10 in the GeoTIFF
  { ...fails('crs_equal_earth', 'crs-changed'), ifCrsFits: amounts('crs_equal_earth') },
  amounts('crs_custom_laea'),
  amounts('crs_custom_sphere'),
  amounts('crs_feet'),
  amounts('rotated'),
  amounts('south_up'),
  amounts('point'),
  amounts('no_geotransform', { warnings: ['no-geotransform'] }),
  fails('no_crs', 'no-crs'),
  amounts('gcps', { warnings: ['gcps-only'] }),
  fails('gcps_no_crs', 'no-crs'),
  amounts('beside'),
  fails('beside_bad', 'no-crs'),
  fails('beside_misnamed', 'crs-changed'),
  amounts('pam_crs'),
  amounts('scaled'),
  amounts('metadata_domains', { warnings: ['metadata-lost'] }),
  // layouts
  amounts('small'),
  classes('one_pixel'),
  floats('one_row'),
  floats('tiled_deflate'),
  amounts('jpeg'),
  amounts('bigtiff'),
  amounts('big_endian'),
  fails('two_pages', 'unsupported'),
  classes('sparse'),
  { name: 'already_cog', copied: true },
  amounts('already_cog_deflate'),
  classes('already_cog_classes'),
  // broken
  fails('empty', 'unreadable'),
  fails('text', 'not-a-tiff'),
  fails('vrt', 'not-a-tiff'),
  fails('picture', 'not-a-tiff'),
  fails('truncated', 'unreadable'),
  fails('truncated_header', 'unreadable'),
  fails('truncated_tiles', 'unreadable'),
  fails('header_of_vrt', 'unsupported'),
  fails('names_other_file', 'unsupported'),
  classes('pam_names_other_file'),
  classes('pam_broken', { warnings: ['sidecar-unreadable'] }),
];

/** Of these the overviews are checked to hold no value that the source has not. */
export const CLASS_RASTERS: ReadonlySet<string> = new Set(
  GOLDEN.filter(({ resampling }) => resampling === 'NEAREST').map(({ name }) => name),
);
