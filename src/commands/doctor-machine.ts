import { isDirectoryBucket, manifestsPrefix, runRecordsPrefix } from '../contract/naming.ts';
import { CogconvError, InterruptedError } from '../errors.ts';
import { ok, problem, unknown, type Finding } from '../plan/diagnosis.ts';
import { judgeGdal, judgeScratch } from '../plan/machine-diagnosis.ts';
import { StorageError } from '../storage/object-store.ts';
import type { CheckReport, DoctorDeps, DoctorSettings } from './doctor.ts';
import { judgeBucket, listBucket, NO_CREDENTIALS } from './doctor-checks.ts';

type Deps = Pick<DoctorDeps, 'openStore' | 'tryWriting' | 'machine' | 'stop'>;

/** What jobs need that run on this machine, in the order in which things depend on each other. */
export async function checkMachine(deps: Deps, settings: DoctorSettings): Promise<readonly CheckReport[]> {
  return [...(await checkStorage(deps, settings)), ...(await checkWorkers(deps))];
}

/** S3 alone is asked whose credentials they are: a bucket that is not on AWS mostly comes without STS. */
async function checkStorage(deps: Deps, settings: DoctorSettings): Promise<readonly CheckReport[]> {
  if (isDirectoryBucket(settings.bucket)) {
    return [{ name: 'directory', ...(await checkDirectory(deps, settings)) }];
  }
  const listed = await listBucket(deps, settings);
  const hasNone = listed instanceof StorageError && listed.fault === 'credentials';
  return [
    { name: 'credentials', ...judgeCredentials(listed) },
    { name: 'bucket', ...(hasNone ? NO_CREDENTIALS : judgeBucket(listed)) },
  ];
}

async function checkDirectory(deps: Deps, settings: DoctorSettings): Promise<Finding> {
  const { cogPrefix } = settings;
  try {
    const listed = await listBucket(deps, settings);
    if (listed instanceof StorageError) throw listed;
    // somebody else may have made any of them
    for (const folder of [cogPrefix, manifestsPrefix(cogPrefix), runRecordsPrefix(cogPrefix)]) {
      await deps.tryWriting(folder);
    }
    return ok(`${listed} can be listed and written`);
  } catch (error) {
    if (!(error instanceof StorageError) || error.fault === 'aborted') throw error;
    return problem(error.message, error.hint ?? 'check S3_BUCKET and COG_PREFIX');
  }
}

function judgeCredentials(listed: string | StorageError): Finding {
  if (!(listed instanceof StorageError)) return ok('S3 accepts them');
  const { fault, message, hint } = listed;
  if (fault === 'credentials') return problem(message, hint ?? 'check AWS_PROFILE');
  return ANSWERS.includes(fault) ? ok('S3 accepts them') : unknown('S3 did not look at them');
}

/** S3 says so only to somebody whom it knows. */
const ANSWERS: readonly StorageError['fault'][] = ['denied', 'missing-bucket'];

async function checkWorkers({ machine }: Deps): Promise<readonly CheckReport[]> {
  try {
    const { scratch, gdal } = await machine();
    return [
      { name: 'scratch', ...judgeScratch(scratch) },
      { name: 'GDAL', ...judgeGdal(gdal) },
    ];
  } catch (error) {
    if (!(error instanceof CogconvError) || error instanceof InterruptedError) throw error;
    return [{ name: 'worker', ...problem(error.message, error.hint ?? 'install cogconv again') }];
  }
}
