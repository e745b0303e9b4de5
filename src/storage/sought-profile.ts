import { homedir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';

/** A profile whose credentials were wanted, and the files in which the SDK looked for it. */
export interface SoughtProfile {
  readonly name: string;
  readonly files: readonly string[];
}

const SOUGHT = new WeakMap<Error, SoughtProfile>();

/** Notes of an error of a client which profile the client was made for: the SDK mostly does not tell. null: for none. */
export function noteProfile(error: unknown, name: string | null): void {
  if (error instanceof Error && name !== null) SOUGHT.set(error, { name, files: profileFiles() });
}

/** What was noted of an error. */
export function soughtProfile(error: unknown): SoughtProfile | null {
  return (error instanceof Error ? SOUGHT.get(error) : undefined) ?? null;
}

/** @see https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html */
function profileFiles(): readonly string[] {
  return [
    env['AWS_CONFIG_FILE'] ?? join(homedir(), '.aws/config'),
    env['AWS_SHARED_CREDENTIALS_FILE'] ?? join(homedir(), '.aws/credentials'),
  ];
}
