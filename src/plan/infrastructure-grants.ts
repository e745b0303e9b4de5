import { APP_TAG } from './aws-names.ts';
import {
  batchArn,
  definition,
  ec2Arn,
  environment,
  iamArn,
  logGroupForms,
  profile,
  queue,
  repository,
  roles,
  type Grant,
  type PolicySubject,
} from './policy-arns.ts';
import { ecsInstancePolicy } from './roles.ts';

/** Where AWS knows no resource. */
export const ALL = ['*'];
/** Only what carries our tag. */
export const IS_OURS = { StringEquals: { [`aws:ResourceTag/${APP_TAG.key}`]: APP_TAG.value } };
const BECOMES_OURS = { StringEquals: { [`aws:RequestTag/${APP_TAG.key}`]: APP_TAG.value } };

/** What `setup` and `teardown` look at. */
export function readInfrastructure(subject: PolicySubject): Grant[] {
  return [
    {
      actions: ['ecr:DescribeRepositories', 'ecr:GetLifecyclePolicy', 'ecr:ListTagsForResource'],
      on: [repository(subject)],
    },
    { actions: ['iam:ListRoles'], on: ALL },
    ...readRoles(subject),
    { actions: ['logs:DescribeLogGroups'], on: ALL },
    { actions: ['logs:ListTagsForResource'], on: logGroupForms(subject) },
    { actions: ['ec2:DescribeLaunchTemplates', 'ec2:DescribeLaunchTemplateVersions'], on: ALL },
    { actions: ['batch:DescribeComputeEnvironments', 'batch:DescribeJobQueues'], on: ALL },
  ];
}

export function readRoles(subject: PolicySubject): Grant[] {
  return [
    { actions: ['iam:GetRole', 'iam:GetRolePolicy', 'iam:ListAttachedRolePolicies'], on: roles(subject) },
    { actions: ['iam:GetInstanceProfile'], on: [profile(subject)] },
  ];
}

export function readNetwork(): Grant[] {
  return [
    {
      actions: [
        'ec2:DescribeRouteTables',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      on: ALL,
    },
  ];
}

export function writeInfrastructure(subject: PolicySubject): Grant[] {
  return [
    ...writeStorage(subject),
    ...writeRoles(subject),
    ...writeTemplate(subject),
    ...writeBatch(subject),
  ];
}

function writeStorage(subject: PolicySubject): Grant[] {
  return [
    {
      actions: [
        'ecr:CreateRepository',
        'ecr:PutImageScanningConfiguration',
        'ecr:PutImageTagMutability',
        'ecr:PutLifecyclePolicy',
        'ecr:TagResource',
      ],
      on: [repository(subject)],
    },
    {
      actions: ['logs:CreateLogGroup', 'logs:PutRetentionPolicy', 'logs:TagResource'],
      on: logGroupForms(subject),
    },
  ];
}

function writeRoles(subject: PolicySubject): Grant[] {
  const { names, account } = subject;
  const instanceRole = iamArn(subject, `role/${names.instanceRole}`);
  const serviceRole = iamArn(subject, 'role/aws-service-role/batch.amazonaws.com/*');
  return [
    {
      actions: ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:TagRole', 'iam:UpdateAssumeRolePolicy'],
      on: roles(subject),
    },
    {
      actions: ['iam:AttachRolePolicy'],
      on: [instanceRole],
      when: { ArnEquals: { 'iam:PolicyARN': ecsInstancePolicy(account.partition) } },
    },
    {
      actions: [
        'iam:AddRoleToInstanceProfile',
        'iam:CreateInstanceProfile',
        'iam:RemoveRoleFromInstanceProfile',
        'iam:TagInstanceProfile',
      ],
      on: [profile(subject)],
    },
    {
      actions: ['iam:CreateServiceLinkedRole'],
      on: [serviceRole],
      when: { StringEquals: { 'iam:AWSServiceName': 'batch.amazonaws.com' } },
    },
    passRole(instanceRole, account.partition === 'aws-cn' ? 'ec2.amazonaws.com.cn' : 'ec2.amazonaws.com'),
    passRole(serviceRole, 'batch.amazonaws.com'),
  ];
}

function writeTemplate(subject: PolicySubject): Grant[] {
  const templates = [ec2Arn(subject, 'launch-template/*')];
  return [
    { actions: ['ec2:CreateLaunchTemplate', 'ec2:CreateTags'], on: templates, when: BECOMES_OURS },
    { actions: ['ec2:CreateLaunchTemplateVersion'], on: templates, when: IS_OURS },
  ];
}

/** A queue names its environments, hence both kinds in one grant. */
function writeBatch(subject: PolicySubject): Grant[] {
  return [
    {
      actions: [
        'batch:CreateComputeEnvironment',
        'batch:CreateJobQueue',
        'batch:TagResource',
        'batch:UpdateComputeEnvironment',
        'batch:UpdateJobQueue',
      ],
      on: [environment(subject), queue(subject)],
    },
  ];
}

export function deleteInfrastructure(subject: PolicySubject): Grant[] {
  return [
    { actions: ['batch:DescribeJobDefinitions', 'batch:ListJobs'], on: ALL },
    endJobs(subject),
    {
      actions: [
        'batch:DeleteComputeEnvironment',
        'batch:DeleteJobQueue',
        'batch:UpdateComputeEnvironment',
        'batch:UpdateJobQueue',
      ],
      on: [environment(subject), queue(subject)],
    },
    { actions: ['batch:DeregisterJobDefinition'], on: [definition(subject)] },
    { actions: ['ec2:DeleteLaunchTemplate'], on: [ec2Arn(subject, 'launch-template/*')], when: IS_OURS },
    {
      actions: ['iam:DeleteInstanceProfile', 'iam:RemoveRoleFromInstanceProfile'],
      on: [profile(subject)],
    },
    {
      actions: ['iam:DeleteRole', 'iam:DeleteRolePolicy', 'iam:DetachRolePolicy', 'iam:ListRolePolicies'],
      on: roles(subject),
    },
    { actions: ['ecr:DeleteRepository', 'ecr:ListImages'], on: [repository(subject)] },
    { actions: ['logs:DeleteLogGroup'], on: logGroupForms(subject) },
  ];
}

/** TerminateJob on jobs that carry our tag: submits set it. */
export function endJobs(subject: PolicySubject): Grant {
  return { actions: ['batch:TerminateJob'], on: [batchArn(subject, 'job/*')], when: IS_OURS };
}

/** PassRole of one role to one service. */
export function passRole(role: string, service: string): Grant {
  return {
    actions: ['iam:PassRole'],
    on: [role],
    when: { StringEquals: { 'iam:PassedToService': service } },
  };
}
