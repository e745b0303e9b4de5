/** Why one file was not converted. `permanent`: the same try again gives the same end, so nobody pays for it twice unasked. */
interface FailureKind {
  readonly permanent: boolean;
  readonly hint: string;
}

/** The closed table of failure codes; every failed row of a result names one. */
export const FAILURES = {
  'no-crs': {
    permanent: true,
    hint: 'assign the CRS in the source (gdal_edit.py -a_srs EPSG:nnnn FILE) and upload it again',
  },
  'not-a-tiff': { permanent: true, hint: 'the object is no TIFF; export it again' },
  unreadable: { permanent: true, hint: 'the file is truncated or damaged; export or upload it again' },
  unsupported: { permanent: true, hint: 'GDAL cannot write this kind of raster as a COG; see the message' },
  'crs-changed': {
    permanent: true,
    hint: 'a GeoTIFF cannot hold this CRS; reproject the source to one with an EPSG code (gdalwarp -t_srs)',
  },
  'structure-changed': {
    permanent: true,
    hint: 'the COG differs from its source; keep the source and report a bug',
  },
  'pixels-changed': {
    permanent: true,
    hint: 'the COG differs from its source; keep the source and report a bug',
  },
  'not-a-cog': {
    permanent: true,
    hint: 'GDAL wrote a file that is no valid COG; report a bug with the source',
  },
  'gdal-failed': { permanent: true, hint: 'see the message of GDAL' },
  'does-not-fit': {
    permanent: true,
    hint: 'raise JOB_MEMORY or DISK_GB so that the job can hold this raster',
  },
  'out-of-memory': { permanent: true, hint: 'raise JOB_MEMORY' },
  timeout: { permanent: true, hint: 'raise FILE_TIMEOUT, or JOB_VCPUS so that the file is done sooner' },
  'bad-key': {
    permanent: true,
    hint: 'the key, or that of its COG or of what lies beside it, is too long or not possible in this bucket: rename the source',
  },
  'access-denied': {
    permanent: false,
    hint: 'give the job read access to the source and write access to the COG prefix',
  },
  'source-missing': { permanent: false, hint: 'the source was deleted after planning' },
  'source-changed': { permanent: false, hint: 'the source was replaced meanwhile; run convert again' },
  'disk-full': { permanent: false, hint: 'free the scratch disk or raise DISK_GB, then run convert again' },
  storage: { permanent: false, hint: 'the storage did not answer as it should; run convert again' },
  interrupted: { permanent: false, hint: 'run convert again' },
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof FAILURES;

/** All codes, in the table's order. */
export const FAILURE_CODES = Object.keys(FAILURES) as readonly FailureCode[];

/** Whether trying the same again is useless. */
export function isPermanent(code: FailureCode): boolean {
  return FAILURES[code].permanent;
}

/** What a result says of a failed file. */
export interface FailureReason {
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: string;
}

/** The reason with the table's hint. */
export function failureReason(code: FailureCode, message: string): FailureReason {
  return { code, message, hint: FAILURES[code].hint };
}
