/** A subnet as EC2 describes it. */
export interface SubnetFacts {
  readonly id: string;
  readonly vpcId: string;
  /** `us-east-1a`; Local and Wavelength Zones have longer names. */
  readonly zone: string;
  readonly mapsPublicIps: boolean;
}

/** Where a route table sends 0.0.0.0/0: `igw-...`, `nat-...`, `tgw-...`; null: nowhere. */
export interface RouteTableFacts {
  readonly vpcId: string;
  readonly isMain: boolean;
  /** Subnets that are associated with it by name. */
  readonly subnetIds: readonly string[];
  readonly defaultTarget: string | null;
}

/** What EC2 tells of one VPC. */
export interface VpcFacts {
  readonly vpcId: string;
  readonly subnets: readonly SubnetFacts[];
  readonly routeTables: readonly RouteTableFacts[];
  /** The VPC's group named `default`; null when it is hidden or gone. */
  readonly defaultSecurityGroup: string | null;
}

/** Settings that choose a network. */
export interface NetworkSettings {
  readonly subnetIds: readonly string[] | null;
  readonly securityGroupIds: readonly string[] | null;
}

/** Where instances run. */
export interface ChosenNetwork {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** What a person should know: subnets left out, and why. */
  readonly notes: readonly string[];
}

/** A choice, or why there is none and what to set. */
export type NetworkChoice =
  | { readonly kind: 'chosen'; readonly network: ChosenNetwork }
  | { readonly kind: 'none'; readonly problem: string; readonly hint: string };

/**
 * Subnets from the settings, else all of the VPC that reach the internet: instances without it start, never register,
 * and jobs wait for ever while they cost money.
 */
export function chooseNetwork(vpc: VpcFacts, settings: NetworkSettings, region: string): NetworkChoice {
  const securityGroupIds =
    settings.securityGroupIds ?? (vpc.defaultSecurityGroup === null ? [] : [vpc.defaultSecurityGroup]);
  if (securityGroupIds.length === 0) {
    return {
      kind: 'none',
      problem: `${vpc.vpcId} has no default security group`,
      hint: 'set SECURITY_GROUP_IDS to a group that lets traffic out to port 443',
    };
  }
  const subnets =
    settings.subnetIds === null ? foundSubnets(vpc, region) : givenSubnets(vpc, settings.subnetIds);
  if ('problem' in subnets) return { kind: 'none', ...subnets };
  return { kind: 'chosen', network: { vpcId: vpc.vpcId, securityGroupIds, ...subnets } };
}

/** Why instances in this subnet have no way out; null when they have one. */
export function missingWayOut(subnet: SubnetFacts, routeTables: readonly RouteTableFacts[]): string | null {
  const table =
    routeTables.find((one) => one.subnetIds.includes(subnet.id)) ??
    routeTables.find((one) => one.isMain && one.vpcId === subnet.vpcId);
  const target = table?.defaultTarget ?? null;
  if (target === null) return 'its route table has no route to 0.0.0.0/0';
  if (target.startsWith('igw-') && !subnet.mapsPublicIps) {
    return 'it routes to an internet gateway, but gives instances no public IP address';
  }
  return null;
}

interface Subnets {
  readonly subnetIds: readonly string[];
  readonly notes: readonly string[];
}

interface NoSubnets {
  readonly problem: string;
  readonly hint: string;
}

function foundSubnets(vpc: VpcFacts, region: string): Subnets | NoSubnets {
  const judged = vpc.subnets.map((subnet) => ({
    id: subnet.id,
    why: isOrdinaryZone(subnet.zone, region)
      ? missingWayOut(subnet, vpc.routeTables)
      : `${subnet.zone} is a Local or Wavelength Zone`,
  }));
  const subnetIds = judged.filter(({ why }) => why === null).map(({ id }) => id);
  const notes = byReason(judged).map((reason) => `leaves out ${reason}`);
  if (subnetIds.length > 0) return { subnetIds: subnetIds.toSorted(), notes };
  const reasons = notes.length === 0 ? 'it has no subnets' : notes.join('; ');
  return {
    problem: `no subnet of ${vpc.vpcId} reaches the internet (${reasons})`,
    hint: 'set SUBNET_IDS to subnets with a NAT gateway, with VPC endpoints for ECS, ECR, CloudWatch Logs and S3, or with public IP addresses and an internet gateway',
  };
}

/** `subnet-1, subnet-2: why`, one for each reason. */
function byReason(judged: readonly { readonly id: string; readonly why: string | null }[]): string[] {
  const reasons = new Set(judged.flatMap(({ why }) => why ?? []));
  return [...reasons].map((reason) => {
    const ids = judged.filter(({ why }) => why === reason).map(({ id }) => id);
    return `${ids.join(', ')}: ${reason}`;
  });
}

/** The user's choice stands, even without a route: VPC endpoints may do. */
function givenSubnets(vpc: VpcFacts, wanted: readonly string[]): Subnets | NoSubnets {
  const unknown = wanted.filter((id) => !vpc.subnets.some((subnet) => subnet.id === id));
  if (unknown.length > 0) {
    return {
      problem: `${unknown.join(', ')}: no such subnet in ${vpc.vpcId}`,
      hint: 'set SUBNET_IDS to subnets of one VPC in AWS_REGION',
    };
  }
  const notes = vpc.subnets.flatMap((subnet) => {
    const why = wanted.includes(subnet.id) ? missingWayOut(subnet, vpc.routeTables) : null;
    return why === null
      ? []
      : [
          `${subnet.id} may not reach AWS: ${why}; it needs VPC endpoints for ECS, ECR, CloudWatch Logs and S3`,
        ];
  });
  return { subnetIds: wanted.toSorted(), notes };
}

/** `us-east-1a`; not `us-east-1-bos-1a` (Local Zone) nor `us-east-1-wl1-bos-wlz-1` (Wavelength). */
function isOrdinaryZone(zone: string, region: string): boolean {
  return zone.startsWith(region) && /^[a-z]$/.test(zone.slice(region.length));
}
