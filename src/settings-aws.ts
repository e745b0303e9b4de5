import { choice, list, matching, tags, wholeNumber } from './setting-values.ts';
import { setting, TEXT, toggle } from './setting.ts';

const AWS_NAME = matching(
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/,
  'a letter or digit, then letters, digits, - and _, 128 at most',
);
const REPOSITORY = matching(
  /^[a-z][a-z0-9]*(?:[._/-][a-z0-9]+)*$/,
  'lower-case letters and digits, separated by . _ - or /',
);

/** What `setup` and `deploy` make in AWS, and how. */
export const AWS_SETTINGS = {
  maxVcpus: setting(
    'aws',
    'MAX_VCPUS',
    'max-vcpus',
    '16',
    wholeNumber(1, 100_000),
    'most vCPUs of the compute environment at once',
  ),
  useSpot: toggle(
    'aws',
    'USE_SPOT',
    'use-spot',
    true,
    'spot instances: cheaper; what they lose is done again',
  ),
  instanceTypes: setting(
    'aws',
    'INSTANCE_TYPES',
    'instance-types',
    'default_x86_64',
    list(/^[a-z0-9][a-z0-9._-]*$/, 'x86-64 instance types or families such as c6i.large,m6i'),
    'instance types of the compute environment',
  ),
  diskGb: setting(
    'aws',
    'DISK_GB',
    'disk-gb',
    '100',
    wholeNumber(30, 65_536, 'GB'),
    "root disk of an instance, shared by its jobs' scratch (GB)",
  ),
  vpcId: setting(
    'aws',
    'VPC_ID',
    'vpc-id',
    null,
    matching(/^vpc-[0-9a-f]+$/, 'an id such as vpc-0abc'),
    'VPC (default: the default VPC)',
  ),
  subnetIds: setting(
    'aws',
    'SUBNET_IDS',
    'subnet-ids',
    null,
    list(/^subnet-[0-9a-f]+$/, 'ids such as subnet-0abc'),
    "subnets (default: the VPC's that reach the internet)",
  ),
  securityGroupIds: setting(
    'aws',
    'SECURITY_GROUP_IDS',
    'security-group-ids',
    null,
    list(/^sg-[0-9a-f]+$/, 'ids such as sg-0abc'),
    "security groups (default: the VPC's default group)",
  ),
  tags: setting('aws', 'TAGS', 'tags', null, tags, 'tags for everything that is created: name=value,...'),
  logRetentionDays: setting(
    'aws',
    'LOG_RETENTION_DAYS',
    'log-retention-days',
    '30',
    choice(['1', '3', '5', '7', '14', '30', '60', '90', '180', '365']),
    'days that CloudWatch keeps the logs',
  ),
  computeEnvName: setting(
    'aws',
    'COMPUTE_ENV_NAME',
    'compute-env-name',
    'cog-converter-env',
    AWS_NAME,
    'compute environment',
  ),
  jobQueueName: setting(
    'aws',
    'JOB_QUEUE_NAME',
    'job-queue-name',
    'cog-converter-queue',
    AWS_NAME,
    'job queue',
  ),
  jobDefinitionName: setting(
    'aws',
    'JOB_DEFINITION_NAME',
    'job-definition-name',
    'cog-converter-job',
    AWS_NAME,
    'job definition',
  ),
  ecrRepoName: setting(
    'aws',
    'ECR_REPO_NAME',
    'ecr-repo-name',
    'cog-converter',
    REPOSITORY,
    'ECR repository of the worker image',
  ),
  gdalImage: setting(
    'aws',
    'GDAL_IMAGE',
    'gdal-image',
    'ghcr.io/osgeo/gdal:ubuntu-small-3.9.3',
    TEXT,
    'base image of the worker',
  ),
  nodeImage: setting(
    'aws',
    'NODE_IMAGE',
    'node-image',
    'node:22-bookworm-slim',
    TEXT,
    "image that the worker's Node comes from",
  ),
} as const;
