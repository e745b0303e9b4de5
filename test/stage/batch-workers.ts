import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  type InputLogEvent,
} from '@aws-sdk/client-cloudwatch-logs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { BatchStub } from '../batch-stub/batch-stub.ts';
import { leaves } from '../batch-stub/job-life.ts';
import type { AttemptStart, Outcome, StubJob } from '../batch-stub/stub-state.ts';
import { root, type Stage } from './stage.ts';

/** What the jobs of the Batch stub run: the real worker, on the bucket that moto holds. */
export interface BatchWorkers {
  /** Jobs start, run the worker and end, until none moves; their logs are in CloudWatch. */
  run(): Promise<void>;
}

/** No machine is found, and Batch says nothing. */
export const WAIT = (): Outcome => ({ stuck: null });

/** Workers speak to `endpoint` itself; while one runs, this process does nothing else. */
export function batchWorkers(stub: BatchStub, stage: Stage, endpoint: string): BatchWorkers {
  const output = new Map<string, string>();
  const work = (start: AttemptStart): Outcome => {
    const done = spawnSync(process.execPath, [join(root, 'dist/worker.mjs')], {
      env: { ...stage.env, AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1', ...start.environment },
      encoding: 'utf8',
    });
    output.set(`${start.jobId} ${String(start.attempt)}`, done.stdout);
    return { exitCode: done.status };
  };
  return {
    run: async () => {
      stub.onAttempt(work);
      stub.settle();
      stub.onAttempt(WAIT);
      await publish(stub, endpoint, output);
      output.clear();
    },
  };
}

async function publish(
  stub: BatchStub,
  endpoint: string,
  output: ReadonlyMap<string, string>,
): Promise<void> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const logs = new CloudWatchLogsClient({ endpoint, region: 'us-east-1', credentials });
  for (const job of leaves(stub.state)) {
    for (const [at, attempt] of job.attempts.entries()) {
      const text = output.get(`${job.jobId} ${String(at + 1)}`);
      const logStreamName = attempt.container?.logStreamName;
      if (text === undefined || logStreamName === undefined) continue;
      const stream = { logGroupName: groupOf(job), logStreamName };
      await logs.send(new CreateLogStreamCommand(stream));
      await logs.send(new PutLogEventsCommand({ ...stream, logEvents: eventsOf(text) }));
    }
  }
  logs.destroy();
}

function groupOf({ definition }: StubJob): string {
  return definition.containerProperties?.logConfiguration?.options?.['awslogs-group'] ?? '/aws/batch/job';
}

function eventsOf(output: string): InputLogEvent[] {
  const lines = output.split('\n').filter((line) => line !== '');
  return lines.map((message) => ({ timestamp: Date.now(), message }));
}
