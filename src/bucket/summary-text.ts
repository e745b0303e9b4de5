import { ContractError } from '../contract/contract-error.ts';
import { FAILURE_CODES } from '../contract/failures.ts';
import {
  arrayOf,
  choiceField,
  numberField,
  objectOf,
  parseJson,
  stringField,
  textField,
  timeField,
  wholeField,
  type JsonObject,
} from '../contract/json-fields.ts';
import { parseProcessIdentity, RESULT_STATES } from '../contract/result.ts';
import type { FailedSource, FileWarnings, ResultDigest, SlowSource } from '../plan/result-digest.ts';
import type { ResultSummary } from '../plan/result-summary.ts';
import { sealLines, unsealLines } from './sealed-lines.ts';

/** A digest and the ETag of the result that it stands for. */
export interface KeptDigest {
  readonly etag: string;
  readonly digest: ResultDigest;
}

/**
 * Digests of one run as text, two lines per job, of which most readers need the first alone. Only whoever wrote them can read
 * them: nothing but a cache is ever kept so.
 */
export function serialiseDigests(run: string, digests: Iterable<KeptDigest>): string {
  const lines = Array.from(digests, ({ etag, digest }) => [
    JSON.stringify({ etag, ...digest.summary }),
    JSON.stringify(filesOf(digest)),
  ]);
  return sealLines(run, lines.flat());
}

/** The digests by job; null when the text is damaged, of another run, or of another cogconv. */
export function parseDigests(text: string, run: string): ReadonlyMap<number, KeptDigest> | null {
  const lines = unsealLines(text, run);
  if (lines === null) return null;
  const kept = new Map<number, KeptDigest>();
  try {
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const one = parseRow(lines[at] ?? '', lines[at + 1] ?? '');
      kept.set(one.digest.summary.job, one);
    }
    return kept;
  } catch (error) {
    if (error instanceof ContractError) return null;
    throw error;
  }
}

function filesOf({ failures, warned, slow, converted, skipped }: ResultDigest): object {
  const failed = failures.map(({ source, etag, reason: { code, message } }) => [source, etag, code, message]);
  return {
    failed,
    warned: warned.map(({ source, codes }) => [source, ...codes]),
    slow: slow.map(({ source, etag, seconds }) => [source, etag, seconds]),
    converted,
    skipped,
  };
}

function parseRow(line: string, files: string): KeptDigest {
  const what = 'digest';
  const from = objectOf(parseJson(line, what), what);
  return { etag: textField(from, 'etag', what), digest: new ReadDigest(parseSummary(from, what), files) };
}

type Files = Omit<ResultDigest, 'summary'>;

/** A digest of which the files are parsed only for those who ask about files. */
class ReadDigest implements ResultDigest {
  readonly summary: ResultSummary;
  readonly #line: string;
  #files: Files | null = null;

  constructor(summary: ResultSummary, line: string) {
    this.summary = summary;
    this.#line = line;
  }

  get failures(): Files['failures'] {
    return this.#parsed.failures;
  }

  get warned(): Files['warned'] {
    return this.#parsed.warned;
  }

  get slow(): Files['slow'] {
    return this.#parsed.slow;
  }

  get converted(): string {
    return this.#parsed.converted;
  }

  get skipped(): string {
    return this.#parsed.skipped;
  }

  get #parsed(): Files {
    return (this.#files ??= parseFiles(this.#line));
  }
}

function parseFiles(line: string): Files {
  const what = 'digest, files';
  const from = objectOf(parseJson(line, what), what);
  return {
    failures: arrayOf(from['failed'], what).map(parseFailure),
    warned: arrayOf(from['warned'], what).map(parseWarned),
    slow: arrayOf(from['slow'], what).map(parseSlow),
    converted: stringField(from, 'converted', what),
    skipped: stringField(from, 'skipped', what),
  };
}

function parseSummary(from: JsonObject, what: string): ResultSummary {
  return {
    job: wholeField(from, 'job', what, 1),
    attempt: wholeField(from, 'attempt', what, 1),
    state: choiceField(from, 'state', RESULT_STATES, what),
    startedAt: timeField(from, 'startedAt', what),
    finishedAt: from['finishedAt'] === null ? null : timeField(from, 'finishedAt', what),
    process: from['process'] === null ? null : parseProcessIdentity(from['process']),
    converted: wholeField(from, 'converted', what),
    skipped: wholeField(from, 'skipped', what),
    failed: wholeField(from, 'failed', what),
    sourceBytes: wholeField(from, 'sourceBytes', what),
    convertedBytes: wholeField(from, 'convertedBytes', what),
    cogBytes: wholeField(from, 'cogBytes', what),
  };
}

function parseFailure(row: unknown): FailedSource {
  const what = 'digest, failure';
  const [source, etag, code, message] = arrayOf(row, what);
  const from = { source, etag, code, message };
  return {
    source: textField(from, 'source', what),
    etag: stringField(from, 'etag', what),
    reason: {
      code: choiceField(from, 'code', FAILURE_CODES, what),
      message: stringField(from, 'message', what),
    },
  };
}

function parseWarned(row: unknown): FileWarnings {
  const [source, ...codes] = arrayOf(row, 'digest, warning').map((text) =>
    textField({ text }, 'text', 'digest, warning'),
  );
  return { source: source ?? '', codes };
}

function parseSlow(row: unknown): SlowSource {
  const what = 'digest, slow';
  const [source, etag, seconds] = arrayOf(row, what);
  const from = { source, etag, seconds };
  return {
    source: textField(from, 'source', what),
    etag: stringField(from, 'etag', what),
    seconds: numberField(from, 'seconds', what),
  };
}
