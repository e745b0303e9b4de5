import { GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { JobDetail } from '@aws-sdk/client-batch';
import { isActive } from '../plan/job-states.ts';
import type { JobLogs, LogPage, LoggedAttempt, LoggedJob } from '../ports-deploy.ts';
import { awsCode } from './aws-error.ts';
import { describeJobs, type DescribedJob } from './batch-jobs.ts';
import type { AwsClients } from './clients.ts';

/** Where Batch writes when a job definition names no group. */
const DEFAULT_GROUP = '/aws/batch/job';

/** Logs of Batch jobs; streams are Batch's own word, their names follow no rule that lasts. */
export function cloudWatchLogs(clients: AwsClients): JobLogs {
  return {
    find: async (jobId) => {
      const job = (await describeJobs(clients, [jobId])).get(jobId);
      return job === undefined ? null : loggedJob(job);
    },
    read: (group, stream, token) => read(clients, group, stream, token),
  };
}

function loggedJob({ jobId, jobName, status, detail }: DescribedJob): LoggedJob {
  return {
    jobId,
    jobName,
    active: isActive(status),
    group: detail.container?.logConfiguration?.options?.['awslogs-group'] ?? DEFAULT_GROUP,
    attempts: attemptsOf(detail),
  };
}

/** The attempt under way is not among the attempts yet; its stream is the container's. */
function attemptsOf({ attempts = [], container, status }: JobDetail): readonly LoggedAttempt[] {
  const ended = attempts.map((attempt) => ({
    stream: attempt.container?.logStreamName ?? null,
    exitCode: attempt.container?.exitCode ?? null,
    reason: attempt.container?.reason ?? attempt.statusReason ?? null,
    ended: true,
  }));
  const stream = container?.logStreamName ?? null;
  const isKnown = stream === null || ended.some((attempt) => attempt.stream === stream);
  if (isKnown && !(status === 'RUNNING' && stream === null)) return ended;
  return [...ended, { stream, exitCode: null, reason: null, ended: false }];
}

async function read(
  clients: AwsClients,
  logGroupName: string,
  logStreamName: string,
  token: string | null,
): Promise<LogPage | null> {
  const logs = await clients.logs();
  try {
    const { events = [], nextForwardToken = '' } = await logs.send(
      new GetLogEventsCommand({
        logGroupName,
        logStreamName,
        startFromHead: true,
        ...(token === null ? {} : { nextToken: token }),
      }),
    );
    const lines = events.map(({ timestamp = 0, message = '' }) => ({
      at: new Date(timestamp).toISOString(),
      message,
    }));
    return { lines, token: nextForwardToken };
  } catch (error) {
    if (awsCode(error) === 'ResourceNotFoundException') return null;
    throw error;
  }
}
