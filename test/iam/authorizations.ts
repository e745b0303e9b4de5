import { inputOf, operationOf, type Exchange } from './aws-exchange.ts';
import type { Authorization } from './policy-evaluator.ts';
import { s3Authorizations } from './s3-authorizations.ts';

const ACCOUNT = '123456789012';

/** Tags by ARN, of what was created so far; jobs and launch templates are found by them. */
export type KnownTags = Map<string, Readonly<Record<string, string>>>;

interface Call {
  readonly input: Readonly<Record<string, unknown>>;
  readonly region: string;
  readonly answer: string;
}

type Part = readonly [action: string, resource: string, context?: Readonly<Record<string, string>>];
type Checks = (call: Call) => readonly Part[];

/**
 * Everything that AWS checks for one call: the action on its resources, and what comes with it (PassRole, tags at a
 * creation). `known` learns the tags of what the call creates.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/
 * @throws Error for a call that is not known here
 */
export function authorizationsOf(exchange: Exchange, known: KnownTags): readonly Authorization[] {
  if (exchange.service === 's3') return s3Authorizations(exchange);
  const operation = operationOf(exchange);
  const { service, region, answer } = exchange;
  const call = { input: inputOf(exchange), region, answer };
  const parts = CHECKS[`${service}:${operation}`]?.(call) ?? unscoped(service, operation);
  learnTags(known, service, operation, call);
  return parts.map(([action, resource, context = {}]) => ({
    action,
    resource,
    context: { ...resourceTags(known.get(resource)), ...context },
  }));
}

/** For these AWS knows no resource. STS's own identity may always be asked for. */
function unscoped(service: string, operation: string): readonly Part[] {
  const isKnown = /^(?:Describe|List|GetAuthorizationToken)/.test(operation);
  if (service === 'sts' && operation === 'GetCallerIdentity') return [];
  if (!isKnown) throw new Error(`what does AWS check for ${service}:${operation}?`);
  return [[`${service}:${operation}`, '*']];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const arn = (service: string, { region }: Call, resource: string): string =>
  `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`;
const iamArn = (resource: string): string => `arn:aws:iam::${ACCOUNT}:${resource}`;

/** A Batch resource may be named or given by its ARN. */
function batchArn(call: Call, kind: string, value: unknown): string {
  const name = text(value);
  return name.startsWith('arn:') ? name : arn('batch', call, `${kind}/${name}`);
}

function tagsOf({ input }: Call): Readonly<Record<string, string>> {
  const { tags } = input;
  if (Array.isArray(tags)) {
    return Object.fromEntries(
      (tags as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
    );
  }
  if (typeof tags === 'object' && tags !== null) return tags as Record<string, string>;
  const keys = Object.keys(input).filter((key) => key.endsWith('.Key'));
  return Object.fromEntries(keys.map((key) => [text(input[key]), text(input[key.replace(/Key$/, 'Value')])]));
}

function requestTags(call: Call): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(tagsOf(call)).map(([key, value]) => [`aws:RequestTag/${key}`, value]),
  );
}

function resourceTags(tags: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}

/** Giving tags at a creation is an action of its own. */
function tagged(action: string, resource: string, call: Call): Part[] {
  return Object.keys(tagsOf(call)).length === 0 ? [] : [[action, resource, requestTags(call)]];
}

function pass(role: unknown, service: string): Part[] {
  return role === undefined ? [] : [['iam:PassRole', text(role), { 'iam:PassedToService': service }]];
}

interface Resources {
  readonly instanceRole?: string;
}

/** The role of an instance profile: cogconv's two have one stem. */
function passInstanceRole(call: Call): Part[] {
  const { instanceRole } = (call.input['computeResources'] ?? {}) as Resources;
  if (instanceRole === undefined) return [];
  const name = (instanceRole.split('/').at(-1) ?? '').replace(/-instance-profile$/, '-instance-role');
  return pass(iamArn(`role/${name}`), 'ec2.amazonaws.com');
}

const writeEnvironment =
  (action: string, name: string): Checks =>
  (call) => {
    const resource = batchArn(call, 'compute-environment', call.input[name]);
    return [
      [action, resource, requestTags(call)],
      ...tagged('batch:TagResource', resource, call),
      ...passInstanceRole(call),
      ...pass(call.input['serviceRole'], 'batch.amazonaws.com'),
    ];
  };

/** A queue names its environments: both are checked. */
const writeQueue =
  (action: string, name: string): Checks =>
  (call) => {
    const resource = batchArn(call, 'job-queue', call.input[name]);
    const order = (call.input['computeEnvironmentOrder'] ?? []) as { computeEnvironment: string }[];
    return [
      [action, resource, requestTags(call)],
      ...order.map(({ computeEnvironment }): Part => [
        action,
        batchArn(call, 'compute-environment', computeEnvironment),
        requestTags(call),
      ]),
      ...tagged('batch:TagResource', resource, call),
    ];
  };

const BATCH: Readonly<Record<string, Checks>> = {
  'batch:CreateComputeEnvironment': writeEnvironment(
    'batch:CreateComputeEnvironment',
    'computeEnvironmentName',
  ),
  'batch:UpdateComputeEnvironment': writeEnvironment('batch:UpdateComputeEnvironment', 'computeEnvironment'),
  'batch:DeleteComputeEnvironment': writeEnvironment('batch:DeleteComputeEnvironment', 'computeEnvironment'),
  'batch:CreateJobQueue': writeQueue('batch:CreateJobQueue', 'jobQueueName'),
  'batch:UpdateJobQueue': writeQueue('batch:UpdateJobQueue', 'jobQueue'),
  'batch:DeleteJobQueue': writeQueue('batch:DeleteJobQueue', 'jobQueue'),
  'batch:RegisterJobDefinition': (call) => {
    const resource = batchArn(call, 'job-definition', call.input['jobDefinitionName']);
    const { jobRoleArn } = call.input['containerProperties'] as { jobRoleArn?: string };
    return [
      ['batch:RegisterJobDefinition', resource, requestTags(call)],
      ...tagged('batch:TagResource', resource, call),
      ...pass(jobRoleArn, 'ecs-tasks.amazonaws.com'),
    ];
  },
  'batch:DeregisterJobDefinition': (call) => [
    ['batch:DeregisterJobDefinition', batchArn(call, 'job-definition', call.input['jobDefinition'])],
  ],
  'batch:SubmitJob': (call) => {
    const on = [
      batchArn(call, 'job-queue', call.input['jobQueue']),
      batchArn(call, 'job-definition', call.input['jobDefinition']),
    ];
    return [
      ...on.map((resource): Part => ['batch:SubmitJob', resource, requestTags(call)]),
      ...tagged('batch:TagResource', arn('batch', call, 'job/new'), call),
    ];
  },
  'batch:TerminateJob': (call) => [['batch:TerminateJob', jobArn(call, text(call.input['jobId']))]],
  'batch:TagResource': (call) => [['batch:TagResource', text(call.input['resourceArn']), requestTags(call)]],
};

/** An array's children have the tags of their parent. */
const jobArn = (call: Call, jobId: string): string =>
  arn('batch', call, `job/${jobId.split(':')[0] ?? jobId}`);

const onRole =
  (action: string): Checks =>
  ({ input }) => [
    [
      action,
      iamArn(`role/${text(input['RoleName'])}`),
      input['PolicyArn'] === undefined ? {} : { 'iam:PolicyARN': text(input['PolicyArn']) },
    ],
  ];
const onProfile =
  (action: string): Checks =>
  ({ input }) => [[action, iamArn(`instance-profile/${text(input['InstanceProfileName'])}`)]];

const ROLE_ACTIONS = [
  ...['AttachRolePolicy', 'DeleteRole', 'DeleteRolePolicy', 'DetachRolePolicy', 'GetRole', 'GetRolePolicy'],
  ...['ListAttachedRolePolicies', 'ListRolePolicies', 'PutRolePolicy', 'TagRole', 'UpdateAssumeRolePolicy'],
];
const PROFILE_ACTIONS = [
  ...['DeleteInstanceProfile', 'GetInstanceProfile', 'RemoveRoleFromInstanceProfile', 'TagInstanceProfile'],
];
const BATCH_ROLE = 'aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch';

const IAM: Readonly<Record<string, Checks>> = {
  ...Object.fromEntries(ROLE_ACTIONS.map((name) => [`iam:${name}`, onRole(`iam:${name}`)])),
  ...Object.fromEntries(PROFILE_ACTIONS.map((name) => [`iam:${name}`, onProfile(`iam:${name}`)])),
  'iam:CreateRole': (call) => {
    const resource = iamArn(`role/${text(call.input['RoleName'])}`);
    return [['iam:CreateRole', resource], ...tagged('iam:TagRole', resource, call)];
  },
  'iam:CreateInstanceProfile': (call) => {
    const resource = iamArn(`instance-profile/${text(call.input['InstanceProfileName'])}`);
    return [['iam:CreateInstanceProfile', resource], ...tagged('iam:TagInstanceProfile', resource, call)];
  },
  'iam:AddRoleToInstanceProfile': (call) => [
    ...onProfile('iam:AddRoleToInstanceProfile')(call),
    ...pass(iamArn(`role/${text(call.input['RoleName'])}`), 'ec2.amazonaws.com'),
  ],
  'iam:CreateServiceLinkedRole': ({ input }) => [
    [
      'iam:CreateServiceLinkedRole',
      iamArn(`role/${BATCH_ROLE}`),
      { 'iam:AWSServiceName': text(input['AWSServiceName']) },
    ],
  ],
};

/** A new template has no id yet: its name stands for it. */
const template = (call: Call): string => {
  const { LaunchTemplateId: id, LaunchTemplateName: name } = call.input;
  return arn('ec2', call, `launch-template/${text(id ?? name)}`);
};

const EC2: Readonly<Record<string, Checks>> = {
  'ec2:CreateLaunchTemplate': (call) => [
    ['ec2:CreateLaunchTemplate', template(call), requestTags(call)],
    ...tagged('ec2:CreateTags', template(call), call),
  ],
  'ec2:CreateLaunchTemplateVersion': (call) => [['ec2:CreateLaunchTemplateVersion', template(call)]],
  'ec2:DeleteLaunchTemplate': (call) => [['ec2:DeleteLaunchTemplate', template(call)]],
  'ec2:CreateTags': (call) => [
    [
      'ec2:CreateTags',
      arn('ec2', call, `launch-template/${text(call.input['ResourceId.1'])}`),
      requestTags(call),
    ],
  ],
};

const repository = (call: Call): string => {
  const { repositoryName, repositoryNames, resourceArn } = call.input;
  if (resourceArn !== undefined) return text(resourceArn);
  return arn(
    'ecr',
    call,
    `repository/${text(repositoryName ?? (repositoryNames as string[] | undefined)?.[0])}`,
  );
};
const ECR_ACTIONS = [
  ...[
    'BatchGetImage',
    'DeleteRepository',
    'DescribeImages',
    'DescribeRepositories',
    'GetDownloadUrlForLayer',
  ],
  ...['GetLifecyclePolicy', 'ListImages', 'ListTagsForResource', 'PutImageScanningConfiguration'],
  ...['PutImageTagMutability', 'PutLifecyclePolicy', 'TagResource'],
];
const ECR: Readonly<Record<string, Checks>> = {
  ...Object.fromEntries(
    ECR_ACTIONS.map((name): [string, Checks] => [
      `ecr:${name}`,
      (call) => [[`ecr:${name}`, repository(call)]],
    ]),
  ),
  'ecr:CreateRepository': (call) => [
    ['ecr:CreateRepository', repository(call), requestTags(call)],
    ...tagged('ecr:TagResource', repository(call), call),
  ],
};

const logGroup = (call: Call): string => {
  const { logGroupName, resourceArn, logStreamName } = call.input;
  if (resourceArn !== undefined) return text(resourceArn);
  const stream = logStreamName === undefined ? '' : `:log-stream:${text(logStreamName)}`;
  return arn('logs', call, `log-group:${text(logGroupName)}${stream}`);
};
const LOGS: Readonly<Record<string, Checks>> = {
  ...Object.fromEntries(
    ['DeleteLogGroup', 'GetLogEvents', 'ListTagsForResource', 'PutRetentionPolicy', 'TagResource'].map(
      (name): [string, Checks] => [`logs:${name}`, (call) => [[`logs:${name}`, logGroup(call)]]],
    ),
  ),
  'logs:CreateLogGroup': (call) => [
    ['logs:CreateLogGroup', logGroup(call)],
    ...tagged('logs:TagResource', logGroup(call), call),
  ],
};

const CHECKS: Readonly<Record<string, Checks>> = { ...BATCH, ...IAM, ...EC2, ...ECR, ...LOGS };

/** Conditions on aws:ResourceTag are used for jobs and launch templates alone; both get their ids in the answer. */
function learnTags(known: KnownTags, service: string, operation: string, call: Call): void {
  if (service === 'ec2' && operation === 'CreateLaunchTemplate') {
    const [, id = ''] = /<launchTemplateId>([^<]+)</.exec(call.answer) ?? [];
    known.set(template(call), tagsOf(call));
    known.set(arn('ec2', call, `launch-template/${id}`), tagsOf(call));
  }
  if (service !== 'batch' || operation !== 'SubmitJob') return;
  const [, jobId] = /"jobId":\s*"([^"]+)"/.exec(call.answer) ?? [];
  if (jobId !== undefined) known.set(jobArn(call, jobId), tagsOf(call));
}
