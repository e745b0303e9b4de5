import type { StorageSettings } from './roles.ts';

/** Names of the job definition's parameters, in which `deploy` leaves what it deployed. */
export const PARAMETERS = {
  /** Version of the cogconv that deployed. */
  version: 'cogconv-version',
  /** Hash of the image's content; `external` for `deploy --image`. */
  image: 'cogconv-image',
  /** What the jobs may read and write, as `storageText` tells it. */
  storage: 'cogconv-storage',
  /** Hash of the whole definition. */
  definition: 'cogconv-definition',
} as const;

/** Stands for the image's hash when somebody else built it. */
export const EXTERNAL_IMAGE = 'external';

/** What of the latest job definition is compared. */
export interface DeployedFacts {
  readonly parameters: Readonly<Record<string, string>>;
  readonly jobRoleArn: string | null;
  readonly logGroup: string | null;
}

/** What this cogconv and its settings would deploy. */
export interface WantedFacts {
  readonly version: string;
  /** null: the worker's files are not here to compare. */
  readonly imageHash: string | null;
  readonly jobRoleName: string;
  readonly logGroup: string;
  readonly storage: StorageSettings;
}

/**
 * Where the deployment differs from this cogconv and its settings, and what to do about it, one line each; `convert` warns with
 * them.
 */
export function describeDrift(deployed: DeployedFacts, wanted: WantedFacts): readonly string[] {
  const { parameters, jobRoleArn, logGroup } = deployed;
  const ofDefinition = [
    ...imageDrift(parameters, wanted),
    ...differs('job role', jobRoleArn?.split('/').at(-1) ?? null, wanted.jobRoleName),
    ...differs('log group', logGroup, wanted.logGroup),
  ];
  return [
    ...ofDefinition.map((line) => `${line}; run cogconv deploy to change that`),
    ...storageDrift(parameters[PARAMETERS.storage], storageText(wanted.storage)),
  ];
}

/** `s3://rasters/raw/ to s3://rasters/cogs/`. */
export function storageText({ bucket, sourcePrefix, cogPrefix }: StorageSettings): string {
  return `s3://${bucket}/${sourcePrefix} to s3://${bucket}/${cogPrefix}`;
}

/** The job role allows these two prefixes and nothing else: every job elsewhere fails. */
function storageDrift(deployed: string | undefined, wanted: string): readonly string[] {
  if (deployed === undefined || deployed === wanted) return [];
  return [
    `setup and deploy were for ${deployed}, this is ${wanted}: jobs may be denied access; run cogconv setup and cogconv deploy with these settings`,
  ];
}

function imageDrift(
  parameters: Readonly<Record<string, string>>,
  { version, imageHash }: WantedFacts,
): readonly string[] {
  const image = parameters[PARAMETERS.image];
  if (image === undefined)
    return ['the job definition was not made by cogconv deploy: its worker may not fit'];
  if (image === EXTERNAL_IMAGE || imageHash === null || image === imageHash) return [];
  const deployedBy = parameters[PARAMETERS.version] ?? 'an unknown version';
  return deployedBy === version
    ? ['the deployed worker image was built from other files or base images (GDAL_IMAGE, NODE_IMAGE)']
    : [`the deployed worker is cogconv ${deployedBy}, this is ${version}`];
}

function differs(what: string, deployed: string | null, wanted: string): readonly string[] {
  return deployed === wanted
    ? []
    : [`the deployed ${what} is ${deployed ?? 'unset'}, BATCH_JOB_NAME asks for ${wanted}`];
}
