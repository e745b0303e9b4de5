import { DescribeJobQueuesCommand } from '@aws-sdk/client-batch';
import { GetRoleCommand } from '@aws-sdk/client-iam';
import { CogconvError, NotSetUpError } from '../errors.ts';
import type { AwsNames } from '../plan/aws-names.ts';
import type { Foundations } from '../ports-deploy.ts';
import { awsCode } from './aws-error.ts';
import type { AwsClients } from './clients.ts';

const SETUP_FIRST = { hint: 'run cogconv setup first' };

/** What `setup` made under these names. */
export function awsFoundations(
  clients: AwsClients,
  { jobRole, queue }: Pick<AwsNames, 'jobRole' | 'queue'>,
): Foundations {
  return {
    jobRoleArn: () => jobRoleArn(clients, jobRole),
    requireQueue: () => requireQueue(clients, queue),
  };
}

async function jobRoleArn(clients: AwsClients, RoleName: string): Promise<string> {
  const iam = await clients.iam();
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    if (Role?.Arn !== undefined) return Role.Arn;
  } catch (error) {
    if (awsCode(error) !== 'NoSuchEntityException') throw error;
  }
  throw new NotSetUpError(`there is no job role ${RoleName}`, SETUP_FIRST);
}

async function requireQueue(clients: AwsClients, name: string): Promise<void> {
  const client = await clients.batch();
  const { jobQueues = [] } = await client.send(new DescribeJobQueuesCommand({ jobQueues: [name] }));
  const [queue] = jobQueues;
  if (queue === undefined)
    throw new NotSetUpError(`there is no job queue ${name} in ${clients.region}`, SETUP_FIRST);
  if (queue.state === 'ENABLED') return;
  throw new CogconvError(`job queue ${name} is ${queue.state ?? 'in no state'} and takes no jobs`, {
    hint: 'run cogconv setup, or cogconv doctor to see why',
  });
}
