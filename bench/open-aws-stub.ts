import { WORLD_ENV, type World } from './scale-world.ts';
import { startStub } from './stub-process.ts';

/** What the stub holds and how late it answers. */
export interface AwsStubSettings {
  readonly world: World;
  /** Before each answer. */
  readonly latencyMs: number;
}

/** Calls by operation: `{'S3 PUT': 2004, 'Batch submitjob': 1}`. */
export type Calls = Readonly<Record<string, number>>;

/** S3 and AWS Batch in a process of their own. */
export interface AwsStub {
  /** For a command that works on it. */
  readonly env: Readonly<Record<string, string>>;
  /** Since the last time they were asked for. */
  calls(): Promise<Calls>;
  close(): Promise<void>;
}

/** Starts the stub. */
export async function openAwsStub(settings: AwsStubSettings): Promise<AwsStub> {
  const { url, close } = await startStub('bench/aws-stub.ts', settings);
  return {
    env: { ...WORLD_ENV, AWS_ENDPOINT_URL: url },
    calls: async () => (await (await fetch(`${url}/stub/calls`)).json()) as Calls,
    close,
  };
}

/** Calls whose names begin so. */
export function callsTo(calls: Calls, prefix: string): number {
  return Object.entries(calls).reduce((sum, [name, count]) => sum + (name.startsWith(prefix) ? count : 0), 0);
}
