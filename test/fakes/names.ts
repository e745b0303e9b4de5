import { awsNames } from '../../src/plan/aws-names.ts';

/** Of a deployment. */
export const NAMES = awsNames({
  batchJobName: 'cog-converter',
  computeEnvName: 'env',
  jobQueueName: 'queue',
  jobDefinitionName: 'job',
  ecrRepoName: 'repo',
});
