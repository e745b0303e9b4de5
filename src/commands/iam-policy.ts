import type { Config } from '../config.ts';
import { isDirectoryBucket } from '../contract/naming.ts';
import { ConfigError, EXIT } from '../errors.ts';
import { awsNames, type AccountFacts } from '../plan/aws-names.ts';
import { MAX_POLICY_SIZE, policyFor, policySize } from '../plan/policies.ts';
import { POLICY_COMMANDS, type PolicyCommand } from '../plan/policy-grants.ts';
import type { PolicyDocument } from '../plan/policy-document.ts';
import type { Reporter } from '../ports.ts';
import type { Account } from '../ports-aws.ts';
import type { Outcome } from './outcome.ts';

/** What `iam-policy` needs. */
export interface IamPolicyDeps {
  readonly account: Account;
  readonly reporter: Reporter;
}

/** The settings that name what the policy is for. */
export type IamPolicySettings = Pick<
  Config,
  | 'bucket'
  | 'sourcePrefix'
  | 'cogPrefix'
  | 'batchJobName'
  | 'computeEnvName'
  | 'jobQueueName'
  | 'jobDefinitionName'
  | 'ecrRepoName'
  | 'runner'
>;

/** `cogconv iam-policy`. */
export interface IamPolicyReport {
  readonly commands: readonly PolicyCommand[];
  readonly account: AccountFacts;
  readonly policy: PolicyDocument;
  /** Characters without white space; IAM takes 6,144 in a managed policy. */
  readonly size: number;
}

/**
 * `cogconv iam-policy --for setup,convert` (or `all`): the least that these commands need, for the user's own names.
 * @throws ConfigError for a command that there is not, or a directory
 */
export async function iamPolicy(
  { account, reporter }: IamPolicyDeps,
  settings: IamPolicySettings,
  wanted: string,
): Promise<Outcome<IamPolicyReport>> {
  if (isDirectoryBucket(settings.bucket)) {
    throw new ConfigError([`S3_BUCKET is the directory ${settings.bucket}: it needs no permissions in AWS`]);
  }
  const commands = commandsOf(wanted);
  const facts = await account.facts();
  const policy = policyFor(commands, {
    names: awsNames(settings),
    account: facts,
    storage: settings,
    runner: settings.runner,
  });
  const size = policySize(policy);
  if (size > MAX_POLICY_SIZE) {
    reporter.warn(
      `the policy has ${String(size)} characters, IAM takes ${String(MAX_POLICY_SIZE)} in a managed policy: make several with --for`,
    );
  }
  return { report: { commands, account: facts, policy, size }, exitCode: EXIT.done };
}

function commandsOf(wanted: string): readonly PolicyCommand[] {
  if (wanted === 'all') return POLICY_COMMANDS;
  const names = wanted.split(',').map((name) => name.trim());
  const known = names.flatMap((name) => POLICY_COMMANDS.find((one) => one === name) ?? []);
  if (known.length === names.length) return known;
  const unknown = names.filter((name) => !POLICY_COMMANDS.some((one) => one === name));
  throw new ConfigError([
    `--for is ${JSON.stringify(unknown.join(','))}: must be all or some of ${POLICY_COMMANDS.join(', ')}, separated by commas`,
  ]);
}
