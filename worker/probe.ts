import { ContractError } from '../src/contract/contract-error.ts';
import type { Lack, MachineFacts } from '../src/contract/machine.ts';
import { findGdal, GdalMissing, type GdalContext } from './gdal-runner.ts';
import { largestSourceBytes } from './scratch-need.ts';
import { Scratch } from './scratch.ts';

/** Looks for what every job needs of its machine, in the way a job does. `root`: where scratch is to be. */
export async function probeMachine(
  root: string,
  how: Pick<GdalContext, 'search' | 'signal'>,
): Promise<MachineFacts> {
  const scratch = await openScratch(root);
  if (!(scratch instanceof Scratch)) return { scratch, gdal: null };
  try {
    const freeBytes = await scratch.freeBytes();
    return {
      scratch: { folder: root, freeBytes, largestSourceBytes: largestSourceBytes(freeBytes) },
      gdal: await lookForGdal({ ...how, scratch: scratch.folder, converts: false }),
    };
  } finally {
    await scratch.close();
  }
}

async function openScratch(root: string): Promise<Scratch | Lack> {
  try {
    return await Scratch.open(root);
  } catch (error) {
    const { message } = error as Error;
    // it already says what, which value and what to do
    const problem = error instanceof ContractError ? message : `${root} cannot be used: ${message}`;
    return { problem, mend: 'set SCRATCH_DIR to a folder that can be written' };
  }
}

async function lookForGdal(context: GdalContext): Promise<MachineFacts['gdal']> {
  try {
    const gdal = await findGdal(context);
    await gdal.close();
    return { version: gdal.version };
  } catch (error) {
    if (error instanceof GdalMissing) return error.lack;
    throw error;
  }
}
