import type { Config } from '../config.ts';
import { isDirectoryBucket } from '../contract/naming.ts';
import { EXIT } from '../errors.ts';
import { awsNames, type AccountFacts } from '../plan/aws-names.ts';
import { wantedInfrastructure } from '../plan/infrastructure.ts';
import { isAsWanted, planSetup, type SetupStep } from '../plan/infrastructure-diff.ts';
import type { Reporter } from '../ports.ts';
import type { InfrastructurePorts } from '../ports-aws.ts';
import { StorageError, type ObjectStore } from '../storage/object-store.ts';
import { applyStep, type SetupContext } from './apply-setup.ts';
import { firstPage } from './first-page.ts';
import { findInfrastructure, findNetwork } from './find-infrastructure.ts';
import type { Outcome } from './outcome.ts';
import { throwIfStopped, type CommandTime } from './wait-until.ts';

/** What `setup` needs. */
export interface SetupDeps extends InfrastructurePorts, CommandTime {
  readonly reporter: Reporter;
  /** cogconv's own; goes into the tags of what is created. */
  readonly version: string;
  /** The bucket; it may not be there yet, and need not be readable. */
  readonly openStore: () => Promise<ObjectStore>;
}

/** The settings that `setup` reads. */
export type SetupSettings = Pick<
  Config,
  | 'bucket'
  | 'sourcePrefix'
  | 'cogPrefix'
  | 'batchJobName'
  | 'computeEnvName'
  | 'jobQueueName'
  | 'jobDefinitionName'
  | 'ecrRepoName'
  | 'maxVcpus'
  | 'useSpot'
  | 'instanceTypes'
  | 'diskGb'
  | 'logRetentionDays'
  | 'tags'
  | 'vpcId'
  | 'subnetIds'
  | 'securityGroupIds'
  | 'dryRun'
>;

/** `needed: false`: the bucket is a directory, jobs run on this machine. */
export type SetupReport =
  | { readonly needed: false; readonly directory: string }
  | {
      readonly needed: true;
      readonly dryRun: boolean;
      readonly account: AccountFacts;
      readonly steps: readonly SetupStep[];
      /** What a person should know: subnets left out and why. */
      readonly notes: readonly string[];
      /** Everything is as wanted now. */
      readonly done: boolean;
    };

/**
 * `cogconv setup`: plans, and applies the plan step by step unless DRY_RUN. May be interrupted and run again. A plan with a
 * step that cannot be done (`!`) changes nothing.
 * @throws AwsError, AccessError, CogconvError; StorageError when the bucket is in another region
 */
export async function setup(deps: SetupDeps, settings: SetupSettings): Promise<Outcome<SetupReport>> {
  if (isDirectoryBucket(settings.bucket)) {
    return { report: { needed: false, directory: settings.bucket }, exitCode: EXIT.done };
  }
  const account = await deps.account.facts();
  await checkRegion(deps, settings);
  const network = await findNetwork(deps.network, settings, account);
  const found = await findInfrastructure(deps, awsNames(settings));
  const wanted = wantedInfrastructure(settings, account, network, found);
  const steps = planSetup(wanted, found);
  const blocked = steps.some(({ sign }) => sign === '!');
  if (!settings.dryRun && !blocked)
    await applyAll({ deps, wanted, found, serviceRole: found.serviceRole }, steps);
  const done = !blocked && (!settings.dryRun || isAsWanted(steps));
  const report = {
    needed: true,
    dryRun: settings.dryRun,
    account,
    steps,
    notes: network.notes,
    done,
  } as const;
  return { report, exitCode: blocked ? EXIT.failed : EXIT.done };
}

/** Workers would be refused by a bucket of another region; that is better known before an environment is made for them. */
async function checkRegion({ openStore, stop, reporter }: SetupDeps, settings: SetupSettings): Promise<void> {
  try {
    await firstPage(await openStore(), settings.sourcePrefix, stop);
  } catch (error) {
    if (!(error instanceof StorageError) || error.fault === 'wrong-region') throw error;
    if (error.fault === 'missing-bucket') reporter.warn(`${error.message}; workers will need it`);
  }
}

async function applyAll(context: SetupContext, steps: readonly SetupStep[]): Promise<void> {
  const { reporter, stop } = context.deps;
  let current = context;
  for (const step of steps) {
    throwIfStopped(stop);
    if (step.sign !== '=') {
      reporter.note(`${step.sign === '+' ? 'creating' : 'changing'} ${step.kind} ${step.name}`);
      reporter.event('Setup:Step', { ...step });
    }
    current = await applyStep(current, step);
  }
}
