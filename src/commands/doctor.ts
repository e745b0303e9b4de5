import type { Config } from '../config.ts';
import type { MachineFacts } from '../contract/machine.ts';
import { AccessError, CogconvError, EXIT, exitCodeOf, InterruptedError } from '../errors.ts';
import { awsNames, type AccountFacts, type AwsNames } from '../plan/aws-names.ts';
import { ok, problem, unknown, type Finding } from '../plan/diagnosis.ts';
import type { InfrastructurePorts } from '../ports-aws.ts';
import { StorageError, type ObjectStore } from '../storage/object-store.ts';
import { CHECKS, NO_CREDENTIALS } from './doctor-checks.ts';
import { checkMachine } from './doctor-machine.ts';
import type { Outcome } from './outcome.ts';
import type { CommandTime } from './wait-until.ts';

/** What `doctor` needs. */
export interface DoctorDeps extends InfrastructurePorts, CommandTime {
  /** The bucket; its errors are findings. */
  readonly openStore: () => Promise<ObjectStore>;
  /** Writes into a folder of the directory that stands for the bucket, and leaves nothing. @throws StorageError */
  readonly tryWriting: (folder: string) => Promise<void>;
  /** What a worker finds on this machine. @throws CogconvError when none can be started */
  readonly machine: () => Promise<MachineFacts>;
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
  | 'runner'
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
  const checks = await (settings.runner === 'local' ? checkMachine : checkAccount)(deps, settings);
  const isIll = checks.some(({ state }) => state === 'problem');
  return { report: { checks }, exitCode: isIll ? EXIT.failed : EXIT.done };
}

/** Jobs run on Batch. */
async function checkAccount(deps: DoctorDeps, settings: DoctorSettings): Promise<readonly CheckReport[]> {
  const { account, check } = await identify(deps);
  const checks: CheckReport[] = [check];
  for (const { name, run } of CHECKS) {
    const finding =
      account === null
        ? NO_CREDENTIALS
        : await found(() => run({ deps, settings, names: awsNames(settings), account }));
    checks.push({ name, ...finding });
  }
  return checks;
}

async function identify(
  deps: DoctorDeps,
): Promise<{ readonly account: AccountFacts | null; readonly check: CheckReport }> {
  const name = 'credentials';
  try {
    const account = await deps.account.facts();
    return { account, check: { name, ...ok(`account ${account.accountId}, region ${account.region}`) } };
  } catch (error) {
    if (!(error instanceof CogconvError) || error instanceof InterruptedError) throw error;
    const finding = problem(error.message, error.hint ?? 'check AWS_PROFILE and AWS_REGION');
    return { account: null, check: { name, ...finding } };
  }
}

/** A failure to look is no finding about what was looked at. @throws what is no expected failure, and an interruption */
async function found(run: () => Promise<Finding>): Promise<Finding> {
  try {
    return await run();
  } catch (error) {
    if (exitCodeOf(error) === EXIT.interrupted) throw error;
    if (error instanceof AccessError) return unknown(error.message, 'cogconv iam-policy --for doctor');
    if (error instanceof CogconvError || error instanceof StorageError) {
      return unknown(error.message, error.hint ?? null);
    }
    throw error;
  }
}
