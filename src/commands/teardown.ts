import type { Config } from '../config.ts';
import { CogconvError, ConfigError, EXIT } from '../errors.ts';
import { awsNames, type AccountFacts } from '../plan/aws-names.ts';
import { planTeardown, type TeardownStep } from '../plan/teardown.ts';
import type { Person, Reporter } from '../ports.ts';
import type { InfrastructurePorts } from '../ports-aws.ts';
import { removeResource } from './apply-teardown.ts';
import { findInfrastructure } from './find-infrastructure.ts';
import type { Outcome } from './outcome.ts';
import { throwIfStopped, type CommandTime } from './wait-until.ts';

/** What `teardown` needs. */
export interface TeardownDeps extends InfrastructurePorts, CommandTime {
  readonly reporter: Reporter;
  readonly person: Person;
}

/** The settings that `teardown` reads. */
export type TeardownSettings = Pick<
  Config,
  'batchJobName' | 'computeEnvName' | 'jobQueueName' | 'jobDefinitionName' | 'ecrRepoName' | 'dryRun'
>;

/** Flags of `teardown` that are no settings. */
export interface TeardownOptions {
  /** Do not ask. */
  readonly yes: boolean;
  /** Delete the ECR repository even when it holds images. */
  readonly images: boolean;
}

/** `cogconv teardown`. */
export interface TeardownReport {
  readonly dryRun: boolean;
  readonly account: AccountFacts;
  readonly steps: readonly TeardownStep[];
  /** Jobs under way that are ended with the queue. */
  readonly activeJobs: number;
  /** What was to go is gone. */
  readonly done: boolean;
}

/**
 * `cogconv teardown`: deletes what carries cogconv's tag and the settings' names, in the order that AWS wants; never a
 * bucket, an object or the service-linked role. May be interrupted and run again.
 * @throws ConfigError without --yes where nobody can be asked, CogconvError when the answer is no
 */
export async function teardown(
  deps: TeardownDeps,
  settings: TeardownSettings,
  options: TeardownOptions,
): Promise<Outcome<TeardownReport>> {
  const account = await deps.account.facts();
  const names = awsNames(settings);
  const found = await findInfrastructure(deps, names);
  const definitions = await deps.environments.activeDefinitions(names.jobDefinition);
  const images = found.repository === null ? 0 : await deps.repositories.countImages(names.repository);
  const deployment = { region: account.region, definitions, images, withImages: options.images };
  const steps = planTeardown(names, found, deployment);
  const going = steps.filter(({ sign }) => sign === '-');
  const activeJobs = going.some(({ kind }) => kind === 'job queue')
    ? (await deps.environments.activeJobs(names.queue)).length
    : 0;
  const report = { dryRun: settings.dryRun, account, steps, activeJobs, done: going.length === 0 };
  if (settings.dryRun || going.length === 0) return { report, exitCode: EXIT.done };
  if (!options.yes) await ask(deps.person, report);
  const after = await removeAll(deps, steps, options);
  const done = after.every(({ sign }) => sign !== '!');
  return { report: { ...report, steps: after, done }, exitCode: done ? EXIT.done : EXIT.failed };
}

/** The steps as they ended: what stays holds nothing up that comes behind it. */
async function removeAll(
  deps: TeardownDeps,
  steps: readonly TeardownStep[],
  options: TeardownOptions,
): Promise<readonly TeardownStep[]> {
  const after: TeardownStep[] = [];
  for (const step of steps) after.push(step.sign === '-' ? await remove(deps, step, options) : step);
  return after;
}

async function remove(
  deps: TeardownDeps,
  step: TeardownStep,
  options: TeardownOptions,
): Promise<TeardownStep> {
  const { reporter, stop } = deps;
  throwIfStopped(stop);
  reporter.note(`deleting ${step.kind} ${step.name}`);
  reporter.event('Teardown:Step', { ...step });
  const why = await removeResource(deps, step, options);
  if (why === null) return step;
  reporter.warn(`${step.kind} ${step.name} stays: ${why}`);
  return { ...step, sign: '!', why };
}

async function ask(person: Person, { account, steps, activeJobs }: TeardownReport): Promise<void> {
  const names = steps.filter(({ sign }) => sign === '-').map(({ kind, name }) => `${kind} ${name}`);
  const jobs = activeJobs === 0 ? '' : `, and end ${String(activeJobs)} jobs`;
  const question = `delete ${names.join(', ')}${jobs} in account ${account.accountId}, ${account.region}?`;
  const answer = await person.confirm(question);
  if (answer === null) {
    throw new ConfigError([
      'teardown deletes things and there is no terminal to ask at: use --yes (--dry-run shows what would go)',
    ]);
  }
  if (!answer) throw new CogconvError('nothing was deleted');
}
