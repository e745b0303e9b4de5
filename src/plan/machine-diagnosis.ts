import type { MachineFacts } from '../contract/machine.ts';
import { ok, problem, unknown, type Finding } from './diagnosis.ts';

/** Whether local workers have room for their files. */
export function judgeScratch(scratch: MachineFacts['scratch']): Finding {
  if ('problem' in scratch) return problem(scratch.problem, scratch.mend);
  const { folder, freeBytes, largestSourceBytes } = scratch;
  const free = `${folder} has ${gigabytes(freeBytes)} free`;
  return largestSourceBytes === 0
    ? problem(`${free}: no raster fits`, 'free some of it, or set SCRATCH_DIR to a folder of another disk')
    : ok(`${free}, enough for a raster of ${gigabytes(largestSourceBytes)}`);
}

/** Whether local workers have a GDAL that makes COGs. */
export function judgeGdal(gdal: MachineFacts['gdal']): Finding {
  if (gdal === null) return unknown('not checked: there is no scratch to run it in');
  return 'problem' in gdal
    ? problem(gdal.problem, gdal.mend)
    : ok(`GDAL ${gdal.version} with the COG driver`);
}

/** A GB is 1024^3 bytes here, as everywhere in cogconv. */
function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(2)} GB`;
}
