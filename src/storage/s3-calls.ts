import type { S3Client } from '@aws-sdk/client-s3';
import type { WriteCondition } from './object-store.ts';

/** One bucket through one client. */
export interface S3Bucket {
  readonly client: S3Client;
  readonly bucket: string;
}

/** The headers of a condition; S3 answers 412 where it does not hold. */
export function conditionHeaders(condition: WriteCondition): { IfNoneMatch?: string; IfMatch?: string } {
  if (condition === 'always') return {};
  return condition === 'if-absent' ? { IfNoneMatch: '*' } : { IfMatch: quoteEtag(condition.replaces) };
}

/** The option of `send` for a signal that may be missing. */
export function sendOptions(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** `"abc"` -> `abc`; S3 sends etags in quotes. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replace(/^"|"$/g, '');
}

/** `abc` -> `"abc"`. */
export function quoteEtag(etag: string): string {
  return `"${etag}"`;
}

/** True when the SDK sent the request more than once: an earlier one may have been carried out, and its answer lost. */
export function wasRetried(error: unknown): boolean {
  if (!(error instanceof Error) || !('$metadata' in error)) return false;
  const metadata = error.$metadata;
  return (
    typeof metadata === 'object' &&
    metadata !== null &&
    'attempts' in metadata &&
    typeof metadata.attempts === 'number' &&
    metadata.attempts > 1
  );
}

/** Waits a random part of `baseMs * 2^attempt` (at most 5 s), so that competitors part. */
export async function backOff(attempt: number, baseMs: number, signal?: AbortSignal): Promise<void> {
  const { setTimeout } = await import('node:timers/promises');
  const delayMs = Math.random() * Math.min(5_000, baseMs * 2 ** attempt);
  await setTimeout(delayMs, undefined, signal === undefined ? {} : { signal });
}
