import { describe, expect, it } from 'vitest';
import { chooseNetwork, type SubnetFacts, type VpcFacts } from '../../src/plan/network.ts';

const REGION = 'us-east-1';
const FREE = { subnetIds: null, securityGroupIds: null };

function subnet(id: string, change: Partial<SubnetFacts> = {}): SubnetFacts {
  return { id, vpcId: 'vpc-1', zone: 'us-east-1a', mapsPublicIps: true, ...change };
}

function vpc(subnets: readonly SubnetFacts[], change: Partial<VpcFacts> = {}): VpcFacts {
  return {
    vpcId: 'vpc-1',
    subnets,
    routeTables: [
      { vpcId: 'vpc-1', isMain: true, subnetIds: [], defaultTarget: 'igw-1' },
      { vpcId: 'vpc-1', isMain: false, subnetIds: ['subnet-nat'], defaultTarget: 'nat-1' },
      { vpcId: 'vpc-1', isMain: false, subnetIds: ['subnet-closed', 'subnet-shut'], defaultTarget: null },
    ],
    defaultSecurityGroup: 'sg-1',
    ...change,
  };
}

describe('chooseNetwork', () => {
  it('takes the subnets that reach the internet and says why it leaves the others out', () => {
    const choice = chooseNetwork(
      vpc([
        subnet('subnet-b'),
        subnet('subnet-nat', { mapsPublicIps: false }),
        subnet('subnet-closed'),
        subnet('subnet-shut'),
        subnet('subnet-hidden', { mapsPublicIps: false }),
        subnet('subnet-boston', { zone: 'us-east-1-bos-1a' }),
      ]),
      FREE,
      REGION,
    );
    expect(choice).toEqual({
      kind: 'chosen',
      network: {
        vpcId: 'vpc-1',
        subnetIds: ['subnet-b', 'subnet-nat'],
        securityGroupIds: ['sg-1'],
        notes: [
          'leaves out subnet-closed, subnet-shut: its route table has no route to 0.0.0.0/0',
          'leaves out subnet-hidden: it routes to an internet gateway, but gives instances no public IP address',
          'leaves out subnet-boston: us-east-1-bos-1a is a Local or Wavelength Zone',
        ],
      },
    });
  });

  it('keeps the subnets of the settings, with a warning', () => {
    const settings = { subnetIds: ['subnet-closed'], securityGroupIds: ['sg-9'] };
    const choice = chooseNetwork(vpc([subnet('subnet-closed')]), settings, REGION);
    expect(choice).toMatchObject({
      kind: 'chosen',
      network: {
        subnetIds: ['subnet-closed'],
        securityGroupIds: ['sg-9'],
        notes: [expect.stringContaining('needs VPC endpoints') as string],
      },
    });
  });

  it('refuses subnets of another VPC', () => {
    const settings = { subnetIds: ['subnet-b', 'subnet-far'], securityGroupIds: null };
    expect(chooseNetwork(vpc([subnet('subnet-b')]), settings, REGION)).toMatchObject({
      kind: 'none',
      problem: 'subnet-far: no such subnet in vpc-1',
    });
  });

  it('refuses a VPC from which nothing gets out', () => {
    expect(chooseNetwork(vpc([subnet('subnet-closed')]), FREE, REGION)).toMatchObject({
      kind: 'none',
      problem: expect.stringContaining('no subnet of vpc-1 reaches the internet') as string,
    });
    expect(chooseNetwork(vpc([]), FREE, REGION)).toMatchObject({
      problem: expect.stringContaining('it has no subnets') as string,
    });
  });

  it('asks for a security group when the default one is gone', () => {
    const choice = chooseNetwork(vpc([subnet('subnet-b')], { defaultSecurityGroup: null }), FREE, REGION);
    expect(choice).toMatchObject({
      kind: 'none',
      hint: expect.stringContaining('SECURITY_GROUP_IDS') as string,
    });
  });
});
