import { CogconvError } from '../errors.ts';
import type { AccountFacts, AwsNames } from '../plan/aws-names.ts';
import type { FoundInfrastructure } from '../plan/infrastructure.ts';
import { chooseNetwork, type ChosenNetwork, type NetworkSettings } from '../plan/network.ts';
import { JOB_POLICY } from '../plan/roles.ts';
import type { InfrastructurePorts, Network } from '../ports-aws.ts';

/** Everything of these names, as it is now. */
export async function findInfrastructure(
  ports: InfrastructurePorts,
  names: AwsNames,
): Promise<FoundInfrastructure> {
  const { roles, network, environments, repositories, logGroups } = ports;
  return {
    repository: await repositories.find(names.repository),
    serviceRole: await roles.findServiceRole(),
    jobRole: await roles.findRole(names.jobRole, [JOB_POLICY]),
    instanceRole: await roles.findRole(names.instanceRole, []),
    instanceProfile: await roles.findProfile(names.instanceProfile),
    logGroup: await logGroups.find(names.logGroup),
    launchTemplate: await network.findTemplate(names.launchTemplate),
    environment: await environments.findEnvironment(names.environment),
    queue: await environments.findQueue(names.queue),
  };
}

/** Where instances shall run. @throws CogconvError when there is no such place, saying what to set */
export async function findNetwork(
  network: Network,
  settings: NetworkSettings & { readonly vpcId: string | null },
  { region }: AccountFacts,
): Promise<ChosenNetwork> {
  const { vpcId, subnetIds } = settings;
  const vpc = await network.findVpc({ vpcId, subnetId: subnetIds?.[0] ?? null });
  if (vpc === null) throw noVpc(vpcId, subnetIds, region);
  const choice = chooseNetwork(vpc, settings, region);
  if (choice.kind === 'chosen') return choice.network;
  throw new CogconvError(choice.problem, { hint: choice.hint });
}

function noVpc(vpcId: string | null, subnetIds: readonly string[] | null, region: string): CogconvError {
  const wanted = vpcId ?? subnetIds?.[0];
  if (wanted !== undefined) {
    return new CogconvError(`there is no ${wanted} in ${region}`, {
      hint: 'check VPC_ID, SUBNET_IDS and AWS_REGION',
    });
  }
  return new CogconvError(`there is no default VPC in ${region}`, {
    hint: 'set VPC_ID, or SUBNET_IDS and SECURITY_GROUP_IDS, to a network that reaches the internet (`aws ec2 create-default-vpc` makes one)',
  });
}
