import {
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  paginateDescribeRouteTables,
  paginateDescribeSecurityGroups,
  paginateDescribeSubnets,
  type EC2Client,
  type Filter,
  type Route,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import type { RouteTableFacts, SubnetFacts, VpcFacts } from '../plan/network.ts';
import { orNull } from './consistency.ts';

/** The given VPC, that of the given subnet, or the default VPC, with all that decides where instances may run. */
export async function findVpc(
  ec2: EC2Client,
  by: { readonly vpcId: string | null; readonly subnetId: string | null },
): Promise<VpcFacts | null> {
  const vpcId = await resolveVpc(ec2, by);
  if (vpcId === null) return null;
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
  return {
    vpcId,
    subnets: await subnets(ec2, Filters),
    routeTables: await routeTables(ec2, Filters),
    defaultSecurityGroup: await defaultGroup(ec2, Filters),
  };
}

async function resolveVpc(
  ec2: EC2Client,
  { vpcId, subnetId }: { readonly vpcId: string | null; readonly subnetId: string | null },
): Promise<string | null> {
  if (vpcId === null && subnetId !== null) return await vpcOfSubnet(ec2, subnetId);
  const which =
    vpcId === null ? { Filters: [{ Name: 'is-default', Values: ['true'] }] } : { VpcIds: [vpcId] };
  const found = await orNull(['InvalidVpcID.NotFound'], ec2.send(new DescribeVpcsCommand(which)));
  return found?.Vpcs?.[0]?.VpcId ?? null;
}

async function vpcOfSubnet(ec2: EC2Client, subnetId: string): Promise<string | null> {
  const describe = new DescribeSubnetsCommand({ SubnetIds: [subnetId] });
  const found = await orNull(['InvalidSubnetID.NotFound'], ec2.send(describe));
  return found?.Subnets?.[0]?.VpcId ?? null;
}

async function subnets(client: EC2Client, Filters: Filter[]): Promise<SubnetFacts[]> {
  const found: SubnetFacts[] = [];
  for await (const { Subnets = [] } of paginateDescribeSubnets({ client }, { Filters })) {
    for (const { SubnetId = '', VpcId = '', AvailabilityZone = '', MapPublicIpOnLaunch = false } of Subnets) {
      found.push({ id: SubnetId, vpcId: VpcId, zone: AvailabilityZone, mapsPublicIps: MapPublicIpOnLaunch });
    }
  }
  return found;
}

async function routeTables(client: EC2Client, Filters: Filter[]): Promise<RouteTableFacts[]> {
  const found: RouteTableFacts[] = [];
  for await (const { RouteTables = [] } of paginateDescribeRouteTables({ client }, { Filters })) {
    found.push(...RouteTables.map(routeTable));
  }
  return found;
}

function routeTable({ VpcId = '', Associations = [], Routes = [] }: RouteTable): RouteTableFacts {
  const out = Routes.find(
    (route) => route.DestinationCidrBlock === '0.0.0.0/0' && route.State !== 'blackhole',
  );
  return {
    vpcId: VpcId,
    isMain: Associations.some(({ Main }) => Main === true),
    subnetIds: Associations.flatMap(({ SubnetId }) => SubnetId ?? []),
    defaultTarget: out === undefined ? null : routeTarget(out),
  };
}

function routeTarget(route: Route): string | null {
  return (
    route.GatewayId ??
    route.NatGatewayId ??
    route.TransitGatewayId ??
    route.NetworkInterfaceId ??
    route.InstanceId ??
    route.VpcPeeringConnectionId ??
    null
  );
}

async function defaultGroup(client: EC2Client, vpc: Filter[]): Promise<string | null> {
  const Filters = [...vpc, { Name: 'group-name', Values: ['default'] }];
  for await (const { SecurityGroups = [] } of paginateDescribeSecurityGroups({ client }, { Filters })) {
    const [group] = SecurityGroups;
    if (group?.GroupId !== undefined) return group.GroupId;
  }
  return null;
}
