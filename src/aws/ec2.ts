import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  CreateTagsCommand,
  DeleteLaunchTemplateCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
  type EC2Client,
  type LaunchTemplateBlockDeviceMapping,
  type RequestLaunchTemplateData,
  type ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import {
  saysWhatIsWanted,
  type LaunchTemplateData,
  type LaunchTemplateSpec,
  type LaunchTemplateState,
} from '../plan/compute.ts';
import type { Network } from '../ports-aws.ts';
import type { AwsClients } from './clients.ts';
import { orNull } from './consistency.ts';
import { instanceTypes } from './ec2-instance-types.ts';
import { findVpc } from './ec2-vpc.ts';
import { fromTagList, missingTags, toTagList } from './tag-lists.ts';

const MISSING = [
  'InvalidLaunchTemplateName.NotFoundException',
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateName.NotFound',
];

/** VPC, launch templates and instance types in EC2. */
export function ec2Network(clients: AwsClients): Network {
  const { ec2 } = clients;
  return {
    findVpc: async (by) => await findVpc(await ec2(), by),
    findTemplate: async (name) => await findTemplate(await ec2(), name),
    ensureTemplate: async (spec, found) => {
      const client = await ec2();
      await (found === null ? createTemplate(client, spec) : mendTemplate(client, spec, found));
    },
    deleteTemplate: async (name) => {
      const gone = new DeleteLaunchTemplateCommand({ LaunchTemplateName: name });
      await orNull(MISSING, (await ec2()).send(gone));
    },
    instanceTypes: async (names) => await instanceTypes(await ec2(), names),
  };
}

async function findTemplate(ec2: EC2Client, name: string): Promise<LaunchTemplateState | null> {
  const describe = new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [name] });
  const [template] = (await orNull(MISSING, ec2.send(describe)))?.LaunchTemplates ?? [];
  if (template?.LaunchTemplateId === undefined) return null;
  const id = template.LaunchTemplateId;
  return { id, ...(await latestVersion(ec2, id)), tags: fromTagList(template.Tags) };
}

async function latestVersion(
  ec2: EC2Client,
  id: string,
): Promise<Pick<LaunchTemplateState, 'version' | 'data'>> {
  const latest = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id, Versions: ['$Latest'] });
  const [found = {}] = (await ec2.send(latest)).LaunchTemplateVersions ?? [];
  return { version: found.VersionNumber ?? 1, data: fromTemplateData(found.LaunchTemplateData ?? {}) };
}

async function createTemplate(ec2: EC2Client, { name, data, tags }: LaunchTemplateSpec): Promise<void> {
  const create = new CreateLaunchTemplateCommand({
    LaunchTemplateName: name,
    LaunchTemplateData: toTemplateData(data),
    TagSpecifications: [{ ResourceType: 'launch-template', Tags: toTagList(tags) }],
  });
  await orNull(['InvalidLaunchTemplateName.AlreadyExistsException'], ec2.send(create));
}

async function mendTemplate(
  ec2: EC2Client,
  { data, tags }: LaunchTemplateSpec,
  found: LaunchTemplateState,
): Promise<void> {
  // all tags, and before the version: the permission for it is tied to them
  if (missingTags(tags, found.tags) !== null) {
    await ec2.send(new CreateTagsCommand({ Resources: [found.id], Tags: toTagList(tags) }));
  }
  if (saysWhatIsWanted(found.data, data)) return;
  const LaunchTemplateData = toTemplateData(data);
  await ec2.send(new CreateLaunchTemplateVersionCommand({ LaunchTemplateId: found.id, LaunchTemplateData }));
}

function toTemplateData(data: LaunchTemplateData): RequestLaunchTemplateData {
  return {
    BlockDeviceMappings: [
      {
        DeviceName: data.deviceName,
        Ebs: {
          VolumeSize: data.diskGb,
          VolumeType: data.volumeType === 'gp3' ? 'gp3' : 'gp2',
          Encrypted: data.encrypted,
          DeleteOnTermination: data.deleteOnTermination,
        },
      },
    ],
    MetadataOptions: {
      HttpTokens: data.httpTokens === 'required' ? 'required' : 'optional',
      HttpPutResponseHopLimit: data.hopLimit,
    },
    UserData: Buffer.from(toUserData(data.ecsSetting)).toString('base64'),
    TagSpecifications: [{ ResourceType: 'volume', Tags: toTagList(data.volumeTags) }],
  };
}

/** Fields in the order of LaunchTemplateData, so that equal data are equal text; what is not set never equals what is wanted. */
function fromTemplateData({
  BlockDeviceMappings = [],
  MetadataOptions = {},
  UserData = '',
  TagSpecifications = [],
}: ResponseLaunchTemplateData): LaunchTemplateData {
  const { HttpTokens = 'optional', HttpPutResponseHopLimit = 1 } = MetadataOptions;
  return {
    ...fromDisk(BlockDeviceMappings[0] ?? {}),
    httpTokens: HttpTokens,
    hopLimit: HttpPutResponseHopLimit,
    ecsSetting: fromUserData(Buffer.from(UserData, 'base64').toString('utf8')),
    volumeTags: fromTagList(TagSpecifications.find((one) => one.ResourceType === 'volume')?.Tags),
  };
}

/** MIME with parts, to which Batch adds its own. @see https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html */
function toUserData(ecsSetting: string): string {
  return `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="==COGCONV=="

--==COGCONV==
Content-Type: text/x-shellscript; charset="us-ascii"

#!/bin/bash
echo ${ecsSetting} >> /etc/ecs/ecs.config

--==COGCONV==--
`;
}

function fromUserData(text: string): string {
  return /^echo (\S+) >> \/etc\/ecs\/ecs\.config$/m.exec(text)?.[1] ?? '';
}

function fromDisk({
  DeviceName = '',
  Ebs = {},
}: LaunchTemplateBlockDeviceMapping): Omit<
  LaunchTemplateData,
  'httpTokens' | 'hopLimit' | 'ecsSetting' | 'volumeTags'
> {
  const { VolumeSize = 0, VolumeType = 'none', Encrypted = false, DeleteOnTermination = false } = Ebs;
  return {
    deviceName: DeviceName,
    diskGb: VolumeSize,
    volumeType: VolumeType,
    encrypted: Encrypted,
    deleteOnTermination: DeleteOnTermination,
  };
}
