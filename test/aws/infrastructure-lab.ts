import {
  AttachInternetGatewayCommand,
  CreateInternetGatewayCommand,
  CreateRouteCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeInternetGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  DetachInternetGatewayCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { vi } from 'vitest';
import { openInfrastructure, type OpenInfrastructure } from '../../src/aws/open-infrastructure.ts';
import type { SetupDeps, SetupSettings } from '../../src/commands/setup.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { startBatchStub, type BatchStub } from '../batch-stub/batch-stub.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { RecordingReporter } from '../fakes/recording-reporter.ts';
import { startMoto, type Moto } from '../moto.ts';

/** Which program answers for Batch; all other services are moto. */
export type BatchBackend = 'moto' | 'stub';

const REGION = 'us-east-1';

/** An account with a default VPC that reaches the internet, and nothing else. */
export interface Lab {
  readonly backend: BatchBackend;
  readonly moto: Moto;
  readonly stub: BatchStub;
  readonly clock: FakeClock;
  readonly reporter: RecordingReporter;
  /** What commands get, with connections of their own; sleeping moves the stub's time. */
  deps(stop?: AbortSignal, region?: string): SetupDeps & OpenInfrastructure;
  close(): Promise<void>;
}

/** cogconv's defaults, but for instance types: moto knows no `default_x86_64`. */
export const SETTINGS: SetupSettings = {
  bucket: 'rasters',
  sourcePrefix: 'raw/',
  cogPrefix: 'cogs/',
  batchJobName: 'cog-converter',
  computeEnvName: 'cog-converter-env',
  jobQueueName: 'cog-converter-queue',
  jobDefinitionName: 'cog-converter-job',
  ecrRepoName: 'cog-converter',
  maxVcpus: 16,
  useSpot: true,
  instanceTypes: ['c6i'],
  diskGb: 100,
  logRetentionDays: '30',
  tags: { team: 'gis' },
  vpcId: null,
  subnetIds: null,
  securityGroupIds: null,
  dryRun: false,
};

/** moto as setup needs it; one serves all labs of a test file, one after the other. */
export async function startAws(): Promise<Moto> {
  return await startMoto({ MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' });
}

/** Empties moto, starts a stub and points the SDK at them. */
export async function startLab(backend: BatchBackend, moto: Moto): Promise<Lab> {
  await (await fetch(`${moto.endpoint}/moto-api/reset`, { method: 'POST' })).arrayBuffer();
  const stub = await startBatchStub();
  vi.stubEnv('AWS_ENDPOINT_URL', moto.endpoint);
  if (backend === 'stub') vi.stubEnv('AWS_ENDPOINT_URL_BATCH', stub.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  await openDefaultVpc(moto);
  const clock = new FakeClock();
  clock.onSleep = (ms) => {
    stub.advance(ms);
  };
  const reporter = new RecordingReporter();
  const opened: OpenInfrastructure[] = [];
  return {
    backend,
    moto,
    stub,
    clock,
    reporter,
    deps: (stop = new AbortController().signal, region = REGION) => {
      const ports = openInfrastructure({ region, profile: null }, { clock, stop, command: 'setup' });
      opened.push(ports);
      const openStore = (): Promise<ObjectStore> => Promise.resolve(new MemoryObjectStore());
      return { ...ports, clock, stop, reporter, version: '0.0.0', openStore };
    },
    close: async () => {
      for (const one of opened) one.close();
      vi.unstubAllEnvs();
      await stub.close();
    },
  };
}

/** A client of the test's own, for what cogconv does not do. */
export function ec2Client({ endpoint }: Moto, region = REGION): EC2Client {
  return new EC2Client({
    endpoint,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
}

/** AWS makes default VPCs with an internet gateway, moto without. */
export async function openDefaultVpc(moto: Moto, region = REGION): Promise<void> {
  const ec2 = ec2Client(moto, region);
  const { RouteTables = [] } = await ec2.send(new DescribeRouteTablesCommand({}));
  const { InternetGateway } = await ec2.send(new CreateInternetGatewayCommand({}));
  const InternetGatewayId = InternetGateway?.InternetGatewayId;
  const { VpcId, RouteTableId } = RouteTables[0] ?? {};
  await ec2.send(new AttachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  await ec2.send(
    new CreateRouteCommand({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId }),
  );
  ec2.destroy();
}

/** What hardened accounts do. */
export async function deleteDefaultVpc(ec2: EC2Client): Promise<void> {
  const { InternetGateways = [] } = await ec2.send(new DescribeInternetGatewaysCommand({}));
  for (const { InternetGatewayId, Attachments } of InternetGateways) {
    const VpcId = Attachments?.[0]?.VpcId;
    await ec2.send(new DetachInternetGatewayCommand({ InternetGatewayId, VpcId }));
  }
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}));
  for (const { SubnetId } of Subnets) await ec2.send(new DeleteSubnetCommand({ SubnetId }));
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
  for (const { VpcId } of Vpcs) await ec2.send(new DeleteVpcCommand({ VpcId }));
}
