import { errorCode } from './directory-errors.ts';
import { soughtProfile, type SoughtProfile } from './sought-profile.ts';

/** What an error of the SDK, or of Node below it, says. */
export interface ErrorFacts {
  /** The service's code (`NoSuchKey`) or Node's (`ECONNRESET`). */
  readonly code: string;
  readonly status: number | undefined;
  readonly message: string;
  readonly requestId: string | undefined;
  /** The region that the bucket is in, where the answer says so. */
  readonly region: string | undefined;
  /** Whose credentials were to be used; null: no profile's. */
  readonly profile: SoughtProfile | null;
}

/**
 * Reads an error without trusting its shape: HEAD has no body, so its 403 and 503 come as `Unknown` and only the status
 * says what happened.
 */
export function factsOf(error: unknown): ErrorFacts {
  const fields = isRecord(error) ? error : {};
  const metadata = isRecord(fields['$metadata']) ? fields['$metadata'] : {};
  const status = metadata['httpStatusCode'];
  return {
    code: codeOf(error, fields),
    status: typeof status === 'number' ? status : undefined,
    message: (textOf(fields['message']) ?? String(error)).trim(),
    requestId: textOf(metadata['requestId']),
    region: regionOf(fields),
    profile: soughtProfile(error),
  };
}

function codeOf(error: unknown, fields: Record<string, unknown>): string {
  const name = textOf(fields['name']) ?? '';
  const isNamed = name !== '' && name !== 'Error' && name !== 'Unknown';
  return (isNamed ? name : (textOf(fields['Code']) ?? errorCode(error))) ?? name;
}

function regionOf(fields: Record<string, unknown>): string | undefined {
  const response = isRecord(fields['$response']) ? fields['$response'] : {};
  const headers = isRecord(response['headers']) ? response['headers'] : {};
  return textOf(headers['x-amz-bucket-region']) ?? textOf(fields['Region']);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
