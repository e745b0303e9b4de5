import { ContractError } from './contract/contract-error.ts';
import { StorageError, type StorageFault } from './storage/object-store.ts';

/** Exit codes of the CLI (README, "Exit codes"). */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  someFailed: 3,
  notSetUp: 4,
  access: 5,
  bug: 70,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

interface ErrorOptions {
  readonly cause?: unknown;
  /** What to do next. */
  readonly hint?: string | undefined;
}

/** Any expected failure: its message is for people and says what, which value and what to do. */
export class CogconvError extends Error {
  override readonly name: string = 'CogconvError';
  readonly exitCode: ExitCode = EXIT.failed;
  readonly hint: string | undefined;
  constructor(message: string, options: ErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.hint = options.hint;
  }
}

/** Bad settings or arguments, all of them at once; no `cause`. */
export class ConfigError extends CogconvError {
  override readonly name = 'ConfigError';
  override readonly exitCode = EXIT.usage;
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Something that `setup` or `deploy` makes is not there; the hint names the command to run first. */
export class NotSetUpError extends CogconvError {
  override readonly name = 'NotSetUpError';
  override readonly exitCode = EXIT.notSetUp;
}

/** No or expired credentials, or a permission that is missing; `cause` is the service's error. */
export class AccessError extends CogconvError {
  override readonly name = 'AccessError';
  override readonly exitCode = EXIT.access;
}

/** An AWS service refused or failed; `cause` is the SDK's error. */
export class AwsError extends CogconvError {
  override readonly name = 'AwsError';
}

/** The Docker engine is missing, refused or failed; `cause` is the engine's error where there is one. */
export class DockerError extends CogconvError {
  override readonly name = 'DockerError';
}

/** A run that this process drives was ended by somebody else, who took it for dead; no `cause`. */
export class RunEndedError extends CogconvError {
  override readonly name = 'RunEndedError';
}

/** The user stopped the command. */
export class InterruptedError extends CogconvError {
  override readonly name = 'InterruptedError';
  override readonly exitCode = EXIT.interrupted;
}

const ACCESS_FAULTS: readonly StorageFault[] = ['denied', 'credentials'];

/** The exit code of whatever ended a command; anything that is not one of ours is a bug. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CogconvError) return error.exitCode;
  if (error instanceof StorageError) return exitCodeOfFault(error.fault);
  if (error instanceof ContractError) return EXIT.failed;
  if (error instanceof Error && error.name === 'AbortError') return EXIT.interrupted;
  return EXIT.bug;
}

function exitCodeOfFault(fault: StorageFault): ExitCode {
  if (fault === 'aborted') return EXIT.interrupted;
  return ACCESS_FAULTS.includes(fault) ? EXIT.access : EXIT.failed;
}

/** An error as lines for people: message, hint, cause (one line each). */
export function describeError(error: unknown): string[] {
  if (error instanceof ConfigError) return [...error.problems];
  if (exitCodeOf(error) === EXIT.bug) {
    return [
      `this is a bug in cogconv: ${messageOf(error)}`,
      'the stack is in the log (cog_conversion.log); please report it',
    ];
  }
  if (exitCodeOf(error) === EXIT.interrupted && !saysHowFar(error))
    return ['interrupted; the same command goes on from here'];
  return [messageOf(error), ...causeAndHint(error)];
}

function causeAndHint(error: unknown): string[] {
  const hint = error instanceof CogconvError || error instanceof StorageError ? error.hint : undefined;
  const cause = error instanceof Error ? error.cause : undefined;
  return [
    ...(cause instanceof Error && !messageOf(error).includes(cause.message)
      ? [`cause: ${cause.message.trim()}`]
      : []),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ];
}

/** Most tell nothing but that they were interrupted. */
function saysHowFar(error: unknown): boolean {
  return error instanceof InterruptedError && error.message !== 'interrupted';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
