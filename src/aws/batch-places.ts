import { DescribeComputeEnvironmentsCommand, DescribeJobQueuesCommand } from '@aws-sdk/client-batch';
import type { PlaceState } from '../plan/runnable-hints.ts';
import type { AwsClients } from './clients.ts';

/** A queue and the compute environments behind it; empty when there is no such queue. */
export async function readPlaces(clients: AwsClients, jobQueue: string): Promise<readonly PlaceState[]> {
  const client = await clients.batch();
  const { jobQueues = [] } = await client.send(new DescribeJobQueuesCommand({ jobQueues: [jobQueue] }));
  const [queue] = jobQueues;
  if (queue === undefined) return [];
  const names = (queue.computeEnvironmentOrder ?? []).map(
    ({ computeEnvironment = '' }) => computeEnvironment,
  );
  const { computeEnvironments = [] } =
    names.length === 0
      ? {}
      : await client.send(new DescribeComputeEnvironmentsCommand({ computeEnvironments: names }));
  return [
    placeState(`job queue ${jobQueue}`, queue),
    ...computeEnvironments.map((one) =>
      placeState(`compute environment ${one.computeEnvironmentName ?? ''}`, one),
    ),
  ];
}

function placeState(
  name: string,
  place: {
    readonly state?: string | undefined;
    readonly status?: string | undefined;
    readonly statusReason?: string | undefined;
  },
): PlaceState {
  const { state = '', status = '', statusReason = null } = place;
  return { name, state, status, statusReason };
}
