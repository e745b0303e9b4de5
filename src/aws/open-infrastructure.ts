import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { AwsError } from '../errors.ts';
import type { AccountFacts } from '../plan/aws-names.ts';
import type { Account, InfrastructurePorts } from '../ports-aws.ts';
import { batchEnvironments } from './batch-environments.ts';
import { createClients, type AwsAccess, type AwsClients, type ClientOptions } from './clients.ts';
import { ec2Network } from './ec2.ts';
import { ecrRepositories } from './ecr.ts';
import { iamRoles } from './iam.ts';
import { cloudWatchGroups } from './log-groups.ts';

/** All adapters of `setup`, `teardown`, `doctor` and `iam-policy`; `close` releases their sockets. */
export interface OpenInfrastructure extends InfrastructurePorts {
  close(): void;
}

/** Import this module lazily: it loads five SDK clients. */
export function openInfrastructure(access: AwsAccess, options: ClientOptions): OpenInfrastructure {
  const clients = createClients(access, options);
  const waiting = { clock: options.clock, stop: options.stop };
  return {
    account: stsAccount(clients),
    roles: iamRoles(clients, waiting),
    network: ec2Network(clients),
    environments: batchEnvironments(clients, waiting),
    repositories: ecrRepositories(clients),
    logGroups: cloudWatchGroups(clients),
    close: () => {
      clients.close();
    },
  };
}

/** The account behind the credentials; the partition comes from its ARN (`aws-cn`, `aws-us-gov`). */
export function stsAccount({ sts, region }: AwsClients): Account {
  return {
    facts: async (): Promise<AccountFacts> => {
      const { Account: accountId, Arn = '' } = await (await sts()).send(new GetCallerIdentityCommand({}));
      const partition = Arn.split(':')[1];
      if (accountId === undefined || partition === undefined) {
        throw new AwsError('STS GetCallerIdentity did not tell the account');
      }
      return { partition, accountId, region };
    },
  };
}
