/** How an attempt ended, in Batch's words; null where it says nothing. */
export interface EndFacts {
  readonly statusReason: string | null;
  /** The container's reason. */
  readonly reason: string | null;
  readonly exitCode: number | null;
}

/** Why an attempt ended, as far as Batch tells. */
export type EndCause =
  | 'spot-loss'
  | 'timeout'
  | 'out-of-memory'
  | 'image-pull'
  | 'override-limit'
  | 'disk-full'
  | 'host-trouble'
  | 'gave-up-waiting'
  | 'exit';

interface Rule {
  readonly cause: EndCause;
  readonly field: 'statusReason' | 'reason' | 'both';
  readonly pattern: RegExp;
}

/**
 * In order: a timeout kills with 137 as a lack of memory does, and a full disk hides in messages of other kinds.
 * Texts as Batch and the ECS agent write them; their case varies.
 */
const RULES: readonly Rule[] = [
  { cause: 'spot-loss', field: 'statusReason', pattern: /^Host EC2/i },
  { cause: 'timeout', field: 'statusReason', pattern: /duration exceeded timeout/i },
  { cause: 'override-limit', field: 'statusReason', pattern: /^Container Overrides length/i },
  { cause: 'gave-up-waiting', field: 'statusReason', pattern: /^Canceled by JobStateTimeLimit/i },
  { cause: 'out-of-memory', field: 'reason', pattern: /OutOfMemory/i },
  { cause: 'disk-full', field: 'both', pattern: /no space left on device/i },
  { cause: 'image-pull', field: 'both', pattern: /CannotPull/i },
  {
    cause: 'host-trouble',
    field: 'both',
    pattern:
      /DockerTimeout|CannotStartContainer|CannotInspectContainer|CannotCreateVolume|Task failed to start/i,
  },
];

/** The cause of an end; `exit` when the program's own code (or an order to stop) says it all. */
export function classifyEnd(facts: EndFacts): EndCause {
  const texts = { statusReason: facts.statusReason ?? '', reason: facts.reason ?? '' };
  const both = `${texts.statusReason}\n${texts.reason}`;
  const found = RULES.find(({ field, pattern }) => pattern.test(field === 'both' ? both : texts[field]));
  return found?.cause ?? 'exit';
}

const EXPLANATIONS = {
  'spot-loss': 'its instance was taken back or ended',
  timeout: 'it ran into its time limit: raise JOB_TIMEOUT, or JOB_VCPUS',
  'out-of-memory': 'it used more memory than it has: raise JOB_MEMORY',
  'image-pull': 'the instance could not get the worker image: see cogconv doctor',
  'override-limit': 'what was submitted is longer than ECS takes: shorten COG_PREFIX',
  'disk-full': "the instance's disk is full: raise DISK_GB",
  'host-trouble': 'the instance could not start the container',
  'gave-up-waiting': 'no instance could ever run it',
} as const satisfies Record<Exclude<EndCause, 'exit'>, string>;

/** Exit codes of the worker (docs/batch.md) and of signals (128 + number). */
const EXITS: Readonly<Record<number, string>> = {
  2: 'the worker could not read its manifest or environment: see cogconv logs',
  3: 'some files failed for good: see cogconv failures',
  75: 'a temporary trouble lasted over all attempts: run convert again',
  137: 'it was killed, mostly for want of memory: raise JOB_MEMORY',
  143: 'it was told to stop',
};

/** What Batch says of every container that ended by itself. */
const ORDINARY = /^Essential container in task exited$/i;

/** Why a job failed, for people, Batch's own words behind it; null when Batch says nothing at all. */
export function explainEnd(facts: EndFacts): string | null {
  const cause = classifyEnd(facts);
  const words = [facts.reason, facts.statusReason].filter(
    (text): text is string => text !== null && text !== '' && !ORDINARY.test(text),
  );
  const explanation = cause === 'exit' ? explainExit(facts, words) : EXPLANATIONS[cause];
  if (explanation === null) return words[0] ?? null;
  return words.length === 0 ? explanation : `${explanation} (${words.join('; ')})`;
}

/** A stop carries the reason that was given for it, which says more than the signal's number. */
function explainExit({ exitCode }: EndFacts, words: readonly string[]): string | null {
  if (exitCode === null || exitCode === 0) return null;
  if (words.length > 0 && exitCode > 128) return null;
  return EXITS[exitCode] ?? `the worker ended with exit code ${String(exitCode)}: see cogconv logs`;
}
