/** The tag that marks what cogconv made; `teardown` touches nothing without it. */
export const APP_TAG = { key: 'app', value: 'cogconv' } as const;

/** Settings that name things in AWS. */
export interface NameSettings {
  readonly batchJobName: string;
  readonly computeEnvName: string;
  readonly jobQueueName: string;
  readonly jobDefinitionName: string;
  readonly ecrRepoName: string;
}

/** What `setup` makes, by name. */
export interface AwsNames {
  readonly repository: string;
  readonly jobRole: string;
  readonly instanceRole: string;
  readonly instanceProfile: string;
  readonly logGroup: string;
  readonly launchTemplate: string;
  readonly environment: string;
  readonly queue: string;
  readonly jobDefinition: string;
}

/**
 * All names; roles are the deployment's (`<BATCH_JOB_NAME>-job-role`). IAM keeps roles and profiles once for all regions, so
 * deployments in two regions of one account need two BATCH_JOB_NAMEs: `planSetup` and `planTeardown` see to it.
 */
export function awsNames(settings: NameSettings): AwsNames {
  const { batchJobName } = settings;
  return {
    repository: settings.ecrRepoName,
    jobRole: `${batchJobName}-job-role`,
    instanceRole: `${batchJobName}-instance-role`,
    instanceProfile: `${batchJobName}-instance-profile`,
    logGroup: `/aws/batch/${batchJobName}`,
    launchTemplate: `${batchJobName}-launch-template`,
    environment: settings.computeEnvName,
    queue: settings.jobQueueName,
    jobDefinition: settings.jobDefinitionName,
  };
}

/** Tags as name -> value. */
export type Tags = Readonly<Record<string, string>>;

/** The tags of everything that is created; the app tag cannot be overridden. */
export function ownTags(tags: Tags | null): Tags {
  return { ...tags, [APP_TAG.key]: APP_TAG.value };
}

/** Whether cogconv made it (or took it over in a `setup`). */
export function isOurs(tags: Tags): boolean {
  return tags[APP_TAG.key] === APP_TAG.value;
}

/** Where the account is; partition `aws`, `aws-cn`, `aws-us-gov`. */
export interface AccountFacts {
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
}
