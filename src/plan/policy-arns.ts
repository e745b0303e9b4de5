import type { RunnerName } from '../contract/run-record.ts';
import { manifestsPrefix, runRecordsPrefix, summariesPrefix } from '../contract/naming.ts';
import type { AccountFacts, AwsNames } from './aws-names.ts';
import { literalPrefix, type Statement } from './policy-document.ts';
import type { StorageSettings } from './roles.ts';

/** What policies are for. */
export interface PolicySubject {
  readonly names: AwsNames;
  readonly account: AccountFacts;
  readonly storage: StorageSettings;
  /** Where `convert` has its jobs done. */
  readonly runner: RunnerName;
}

/** Some actions on some resources. */
export interface Grant {
  readonly actions: readonly string[];
  /** ARNs; `*` where AWS knows no resource for the action. */
  readonly on: readonly string[];
  readonly when?: NonNullable<Statement['Condition']>;
}

export function bucket({ account, storage }: PolicySubject): string {
  return `arn:${account.partition}:s3:::${storage.bucket}`;
}

export function manifests(subject: PolicySubject): string {
  return `${bucket(subject)}/${literalPrefix(manifestsPrefix(subject.storage.cogPrefix))}*`;
}

/** Records of runs and the summaries of their ends: all below the manifests that others than `convert` write. */
export function runRecords(subject: PolicySubject): string[] {
  const { cogPrefix } = subject.storage;
  return [runRecordsPrefix(cogPrefix), summariesPrefix(cogPrefix)].map(
    (prefix) => `${bucket(subject)}/${literalPrefix(prefix)}*`,
  );
}

export function regional({ account }: PolicySubject, service: string, resource: string): string {
  return `arn:${account.partition}:${service}:${account.region}:${account.accountId}:${resource}`;
}

export function iamArn({ account }: PolicySubject, resource: string): string {
  return `arn:${account.partition}:iam::${account.accountId}:${resource}`;
}

export function batchArn(subject: PolicySubject, resource: string): string {
  return regional(subject, 'batch', resource);
}

export function ec2Arn(subject: PolicySubject, resource: string): string {
  return regional(subject, 'ec2', resource);
}

export function repository(subject: PolicySubject): string {
  return regional(subject, 'ecr', `repository/${subject.names.repository}`);
}

export function logGroup(subject: PolicySubject): string {
  return regional(subject, 'logs', `log-group:${subject.names.logGroup}`);
}

/** CloudWatch checks some actions against the ARN with `:*`, some without. */
export function logGroupForms(subject: PolicySubject): string[] {
  return [logGroup(subject), `${logGroup(subject)}:*`];
}

export function environment(subject: PolicySubject): string {
  return batchArn(subject, `compute-environment/${subject.names.environment}`);
}

export function queue(subject: PolicySubject): string {
  return batchArn(subject, `job-queue/${subject.names.queue}`);
}

/** With and without a revision. */
export function definition(subject: PolicySubject): string {
  return batchArn(subject, `job-definition/${subject.names.jobDefinition}*`);
}

export function roles(subject: PolicySubject): string[] {
  const { jobRole, instanceRole } = subject.names;
  return [iamArn(subject, `role/${jobRole}`), iamArn(subject, `role/${instanceRole}`)];
}

export function profile(subject: PolicySubject): string {
  return iamArn(subject, `instance-profile/${subject.names.instanceProfile}`);
}
