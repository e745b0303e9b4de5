import type { Config } from '../config.ts';
import { isDirectoryBucket } from '../contract/naming.ts';
import { AccessError, CogconvError, EXIT } from '../errors.ts';
import { awsNames, type AccountFacts, type AwsNames } from '../plan/aws-names.ts';
import { problem, unknown, type Finding } from '../plan/diagnosis.ts';
import type { InfrastructurePorts } from '../ports-aws.ts';
import { StorageError, type ObjectStore } from '../storage/object-store.ts';
import { checkBucket, CHECKS } from './doctor-checks.ts';
import type { Outcome } from './outcome.ts';
import type { CommandTime } from './wait-until.ts';

/** What `doctor` needs. */
export interface DoctorDeps extends InfrastructurePorts, CommandTime {
  /** The bucket; its errors are findings. */
  openStore(): Promise<ObjectStore>;
}

/** The settings that `doctor` checks. */
export type DoctorSettings = Pick<
  Config,
  | 'bucket'
  | 'sourcePrefix'
  | 'cogPrefix'
  | 'batchJobName'
  | 'computeEnvName'
  | 'jobQueueName'
  | 'jobDefinitionName'
  | 'ecrRepoName'
  | 'region'
  | 'useSpot'
  | 'instanceTypes'
  | 'maxVcpus'
  | 'jobVcpus'
  | 'jobMemory'
>;

/** One line of `doctor`. */
export interface CheckReport extends Finding {
  readonly name: string;
}

/** `cogconv doctor`. */
export interface DoctorReport {
  readonly checks: readonly CheckReport[];
}

/** What checks see. */
export interface CheckContext {
  readonly deps: DoctorDeps;
  readonly settings: DoctorSettings;
  readonly names: AwsNames;
  readonly account: AccountFacts;
}

/** `cogconv doctor`: why is nothing running? Checks in the order in which things depend on each other; exit 1 for any problem. */
export async function doctor(deps: DoctorDeps, settings: DoctorSettings): Promise<Outcome<DoctorReport>> {
  if (isDirectoryBucket(settings.bucket)) return await doctorOfDirectory(deps, settings);
  const identity = await identify(deps);
  const checks: CheckReport[] = [{ name: 'credentials', ...identity.finding }];
  for (const { name, run } of CHECKS) {
    const { account } = identity;
    const finding =
      account === null
        ? unknown('not checked: there are no credentials that work')
        : await found(() => run({ deps, settings, names: awsNames(settings), account }));
    checks.push({ name, ...finding });
  }
  const isIll = checks.some(({ state }) => state === 'problem');
  return { report: { checks }, exitCode: isIll ? EXIT.failed : EXIT.done };
}

/** Jobs run on this machine: only the directory matters. */
async function doctorOfDirectory(deps: DoctorDeps, settings: DoctorSettings): Promise<Outcome<DoctorReport>> {
  const finding = await found(() => checkBucket(deps, settings));
  const checks = [{ name: 'directory', ...finding }];
  return { report: { checks }, exitCode: finding.state === 'problem' ? EXIT.failed : EXIT.done };
}

async function identify(
  deps: DoctorDeps,
): Promise<{ readonly account: AccountFacts | null; readonly finding: Finding }> {
  try {
    const account = await deps.account.facts();
    const detail = `account ${account.accountId}, region ${account.region}`;
    return { account, finding: { state: 'ok', detail, mend: null } };
  } catch (error) {
    if (!(error instanceof CogconvError)) throw error;
    return {
      account: null,
      finding: problem(error.message, error.hint ?? 'check AWS_PROFILE and AWS_REGION'),
    };
  }
}

/** A failure to look is no finding about what was looked at. @throws what is no expected failure */
async function found(run: () => Promise<Finding>): Promise<Finding> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof AccessError) return unknown(error.message, 'cogconv iam-policy --for doctor');
    if (error instanceof CogconvError || error instanceof StorageError) {
      return unknown(error.message, error.hint ?? null);
    }
    throw error;
  }
}
