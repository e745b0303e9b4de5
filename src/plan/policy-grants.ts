import {
  ALL,
  deleteInfrastructure,
  endJobs,
  passRole,
  readInfrastructure,
  readNetwork,
  readRoles,
  writeInfrastructure,
} from './infrastructure-grants.ts';
import {
  batchArn,
  bucket,
  definition,
  iamArn,
  logGroup,
  manifests,
  queue,
  repository,
  runRecords,
  type Grant,
  type PolicySubject,
} from './policy-arns.ts';
import { literalPrefix } from './policy-document.ts';
import { workerPolicy } from './roles.ts';

export const POLICY_COMMANDS = [
  'list',
  'status',
  'setup',
  'deploy',
  'convert',
  'jobs',
  'failures',
  'logs',
  'cancel',
  'retry',
  'verify',
  'teardown',
  'doctor',
] as const;
export type PolicyCommand = (typeof POLICY_COMMANDS)[number];

type Grants = (subject: PolicySubject) => readonly Grant[];

/** Grants by subcommand. @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbatch.html */
export const COMMAND_GRANTS: Readonly<Record<PolicyCommand, Grants>> = {
  list: (subject) => [listPrefixes(subject)],
  status: observeRuns,
  setup: (subject) => [
    findObjects(subject),
    ...readInfrastructure(subject),
    ...readNetwork(),
    ...writeInfrastructure(subject),
  ],
  deploy: (subject) => [...pushImage(subject), ...registerDefinition(subject)],
  convert: (subject) =>
    subject.runner === 'local'
      ? [...doJobs(subject), tidyRuns(subject)]
      : [...observeRuns(subject), writeRuns(subject), ...submitJobs(subject)],
  retry: (subject) => COMMAND_GRANTS.convert(subject),
  verify: (subject) => [findObjects(subject), readRasters(subject)],
  jobs: observeRuns,
  failures: observeRuns,
  logs: (subject) => [
    findObjects(subject),
    readRuns(subject),
    { actions: ['batch:DescribeJobs'], on: ALL },
    readLogs(subject),
  ],
  cancel: (subject) => [...observeRuns(subject), endJobs(subject)],
  teardown: (subject) => [...readInfrastructure(subject), ...deleteInfrastructure(subject)],
  doctor: (subject) => (subject.runner === 'local' ? [findObjects(subject)] : examine(subject)),
};

/** Listing names prefixes, so it can be held to them. */
function listPrefixes(subject: PolicySubject): Grant {
  const { sourcePrefix, cogPrefix } = subject.storage;
  const prefixes = [sourcePrefix, cogPrefix].map((prefix) => `${literalPrefix(prefix)}*`);
  return {
    actions: ['s3:ListBucket'],
    on: [bucket(subject)],
    when: { StringLike: { 's3:prefix': prefixes } },
  };
}

/** Without a condition on s3:prefix, because reading a missing object carries none and would be 403 instead of 404. */
function findObjects(subject: PolicySubject): Grant {
  return { actions: ['s3:ListBucket'], on: [bucket(subject)] };
}

function readRuns(subject: PolicySubject): Grant {
  return { actions: ['s3:GetObject'], on: [manifests(subject)] };
}

/** Sources with what lies beside them, COGs, and the results of the runs that made these. */
function readRasters(subject: PolicySubject): Grant {
  const { sourcePrefix, cogPrefix } = subject.storage;
  const objects = [sourcePrefix, cogPrefix].map((prefix) => `${bucket(subject)}/${literalPrefix(prefix)}*`);
  return { actions: ['s3:GetObject'], on: objects };
}

function writeRuns(subject: PolicySubject): Grant {
  return { actions: ['s3:PutObject', 's3:DeleteObject'], on: [manifests(subject)] };
}

/** Workers on this machine have the credentials of whoever started them. */
function doJobs({ account, storage }: PolicySubject): Grant[] {
  const { Statement } = workerPolicy(account.partition, storage);
  return Statement.map(({ Action, Resource }) => ({ actions: Action, on: Resource }));
}

function tidyRuns(subject: PolicySubject): Grant {
  return { actions: ['s3:DeleteObject'], on: [manifests(subject)] };
}

/**
 * Whoever looks at runs asks Batch about them, explains what waits for long, and stores the end of a run that nobody has
 * seen ended yet; without the permission the answer is the same.
 */
function observeRuns(subject: PolicySubject): Grant[] {
  return [
    findObjects(subject),
    readRuns(subject),
    { actions: ['s3:PutObject'], on: runRecords(subject) },
    {
      actions: [
        'batch:DescribeComputeEnvironments',
        'batch:DescribeJobQueues',
        'batch:DescribeJobs',
        'batch:ListJobs',
      ],
      on: ALL,
    },
  ];
}

function submitJobs(subject: PolicySubject): Grant[] {
  return [
    { actions: ['batch:DescribeJobDefinitions'], on: ALL },
    {
      actions: ['batch:SubmitJob', 'batch:TagResource'],
      on: [queue(subject), definition(subject), batchArn(subject, 'job/*')],
    },
    endJobs(subject),
  ];
}

/** What `doctor` looks at where jobs run on Batch; it changes nothing. */
function examine(subject: PolicySubject): Grant[] {
  return [
    findObjects(subject),
    ...readRoles(subject),
    {
      actions: [
        'batch:DescribeComputeEnvironments',
        'batch:DescribeJobDefinitions',
        'batch:DescribeJobQueues',
        'batch:ListJobs',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeRouteTables',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
      ],
      on: ALL,
    },
    { actions: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'], on: [repository(subject)] },
  ];
}

function readLogs(subject: PolicySubject): Grant {
  return { actions: ['logs:GetLogEvents'], on: [`${logGroup(subject)}:log-stream:*`] };
}

function pushImage(subject: PolicySubject): Grant[] {
  return [
    { actions: ['ecr:GetAuthorizationToken'], on: ALL },
    {
      actions: [
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:CompleteLayerUpload',
        'ecr:DescribeImages',
        'ecr:DescribeRepositories',
        'ecr:InitiateLayerUpload',
        'ecr:PutImage',
        'ecr:UploadLayerPart',
      ],
      on: [repository(subject)],
    },
  ];
}

function registerDefinition(subject: PolicySubject): Grant[] {
  const { jobRole } = subject.names;
  return [
    { actions: ['batch:DescribeJobDefinitions', 'batch:DescribeJobQueues'], on: ALL },
    { actions: ['batch:RegisterJobDefinition', 'batch:TagResource'], on: [definition(subject)] },
    { actions: ['iam:GetRole'], on: [iamArn(subject, `role/${jobRole}`)] },
    passRole(iamArn(subject, `role/${jobRole}`), 'ecs-tasks.amazonaws.com'),
  ];
}
