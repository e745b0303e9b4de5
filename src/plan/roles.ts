import type { AccountFacts, AwsNames, Tags } from './aws-names.ts';
import { literalPrefix, type PolicyDocument, type TrustDocument } from './policy-document.ts';

/** A role as it should be; documents are JSON text. */
export interface RoleSpec {
  readonly name: string;
  readonly description: string;
  readonly trust: string;
  /** Inline policies by name. */
  readonly inline: Readonly<Record<string, string>>;
  /** ARNs of managed policies. */
  readonly attached: readonly string[];
  readonly tags: Tags;
}

/** A role as IAM has it. */
export interface RoleState {
  readonly arn: string;
  readonly trust: string;
  /** Only those that were asked for; a missing one is absent. */
  readonly inline: Readonly<Record<string, string>>;
  readonly attached: readonly string[];
  readonly tags: Tags;
}

/** An instance profile as it should be. */
export interface ProfileSpec {
  readonly name: string;
  readonly role: string;
  readonly tags: Tags;
}

/** An instance profile as IAM has it. */
export interface ProfileState {
  readonly arn: string;
  readonly roles: readonly string[];
  readonly tags: Tags;
}

/** Settings that the job role follows. */
export interface StorageSettings {
  readonly bucket: string;
  readonly sourcePrefix: string;
  readonly cogPrefix: string;
}

export const JOB_POLICY = 'S3Access';

/** The worker's role: reads source and COG prefix, writes below the COG prefix alone, so sources cannot be harmed. */
export function jobRole(
  names: AwsNames,
  account: AccountFacts,
  storage: StorageSettings,
  tags: Tags,
): RoleSpec {
  const { partition, accountId, region } = account;
  const trust: TrustDocument = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: 'ecs-tasks.amazonaws.com' },
        Action: ['sts:AssumeRole'],
        // no other account may make ECS take this role on its behalf
        Condition: {
          StringEquals: { 'aws:SourceAccount': accountId },
          ArnLike: { 'aws:SourceArn': `arn:${partition}:ecs:${region}:${accountId}:*` },
        },
      },
    ],
  };
  return {
    name: names.jobRole,
    description: 'cogconv: jobs that convert rasters',
    trust: JSON.stringify(trust),
    inline: { [JOB_POLICY]: JSON.stringify(workerPolicy(partition, storage)) },
    attached: [],
    tags,
  };
}

/** What a worker does in the bucket, under whatever identity. */
export function workerPolicy(
  partition: string,
  { bucket, sourcePrefix, cogPrefix }: StorageSettings,
): PolicyDocument {
  const arn = `arn:${partition}:s3:::${bucket}`;
  const cogs = `${arn}/${literalPrefix(cogPrefix)}*`;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'Read',
        Effect: 'Allow',
        Action: ['s3:GetObject'],
        Resource: [`${arn}/${literalPrefix(sourcePrefix)}*`, cogs],
      },
      {
        Sid: 'WriteCogs',
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
        Resource: [cogs],
      },
      // a sidecar that an overwritten COG left behind; COGs themselves cannot be deleted
      { Sid: 'TidySidecars', Effect: 'Allow', Action: ['s3:DeleteObject'], Resource: [`${cogs}.aux.xml`] },
      // with it a missing object is 404, without it 403: s3:prefix would not do, HEAD carries none
      { Sid: 'Find', Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [arn] },
    ],
  };
}

/** The role of the EC2 instances: what the ECS agent needs, and nothing of the bucket. */
export function instanceRole(names: AwsNames, { partition }: AccountFacts, tags: Tags): RoleSpec {
  const trust: TrustDocument = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Service: partition === 'aws-cn' ? 'ec2.amazonaws.com.cn' : 'ec2.amazonaws.com' },
        Action: ['sts:AssumeRole'],
      },
    ],
  };
  return {
    name: names.instanceRole,
    description: 'cogconv: instances of the compute environment',
    trust: JSON.stringify(trust),
    inline: {},
    attached: [ecsInstancePolicy(partition)],
    tags,
  };
}

/** The managed policy of ECS container instances. @see https://docs.aws.amazon.com/batch/latest/userguide/instance_IAM_role.html */
export function ecsInstancePolicy(partition: string): string {
  return `arn:${partition}:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role`;
}
