import { paginateDescribeInstanceTypes, type EC2Client } from '@aws-sdk/client-ec2';
import type { InstanceType } from '../plan/instance-fit.ts';

/** What Batch's groups stand for. @see ComputeResource.instanceTypes */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  default_x86_64: ['m6i', 'c6i', 'r6i', 'c7i'],
  optimal: ['m6i', 'c6i', 'r6i', 'c7i'],
};

/** x86-64 types of these names, families or groups. */
export async function instanceTypes(client: EC2Client, names: readonly string[]): Promise<InstanceType[]> {
  const patterns = names
    .flatMap((name) => GROUPS[name] ?? [name])
    .map((name) => (name.includes('.') ? name : `${name}.*`));
  const Filters = [
    { Name: 'instance-type', Values: patterns },
    { Name: 'processor-info.supported-architecture', Values: ['x86_64'] },
  ];
  const found: InstanceType[] = [];
  for await (const page of paginateDescribeInstanceTypes({ client }, { Filters })) {
    for (const { InstanceType = '', VCpuInfo, MemoryInfo } of page.InstanceTypes ?? []) {
      found.push({
        name: InstanceType,
        vcpus: VCpuInfo?.DefaultVCpus ?? 0,
        memoryMiB: MemoryInfo?.SizeInMiB ?? 0,
      });
    }
  }
  return found;
}
