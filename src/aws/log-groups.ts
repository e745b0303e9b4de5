import {
  CreateLogGroupCommand,
  DeleteLogGroupCommand,
  ListTagsForResourceCommand,
  paginateDescribeLogGroups,
  PutRetentionPolicyCommand,
  TagResourceCommand,
  type CloudWatchLogsClient,
  type LogGroup,
} from '@aws-sdk/client-cloudwatch-logs';
import type { LogGroupSpec, LogGroupState } from '../plan/infrastructure.ts';
import type { LogGroups } from '../ports-aws.ts';
import type { AwsClients } from './clients.ts';
import { orNull } from './consistency.ts';
import { missingTags } from './tag-lists.ts';

const MISSING = ['ResourceNotFoundException'];

/** Log groups in CloudWatch. */
export function cloudWatchGroups({ logs }: AwsClients): LogGroups {
  return {
    find: async (name) => await findGroup(await logs(), name),
    ensure: async (spec, found) => {
      await ensureGroup(await logs(), spec, found);
    },
    delete: async (name) => {
      await orNull(MISSING, (await logs()).send(new DeleteLogGroupCommand({ logGroupName: name })));
    },
  };
}

async function findGroup(logs: CloudWatchLogsClient, name: string): Promise<LogGroupState | null> {
  const group = await describeGroup(logs, name);
  if (group === null) return null;
  const { tags = {} } = await logs.send(new ListTagsForResourceCommand({ resourceArn: arnOf(group) }));
  return { retentionDays: group.retentionInDays ?? null, tags };
}

/** The API finds by prefix only. */
async function describeGroup(client: CloudWatchLogsClient, name: string): Promise<LogGroup | null> {
  for await (const page of paginateDescribeLogGroups({ client }, { logGroupNamePrefix: name })) {
    const found = page.logGroups?.find((group) => group.logGroupName === name);
    if (found !== undefined) return found;
  }
  return null;
}

async function ensureGroup(
  logs: CloudWatchLogsClient,
  { name: logGroupName, retentionDays, tags }: LogGroupSpec,
  found: LogGroupState | null,
): Promise<void> {
  if (found === null) {
    const create = new CreateLogGroupCommand({ logGroupName, tags: { ...tags } });
    await orNull(['ResourceAlreadyExistsException'], logs.send(create));
  }
  if (found?.retentionDays !== retentionDays) {
    await logs.send(new PutRetentionPolicyCommand({ logGroupName, retentionInDays: retentionDays }));
  }
  const missing = found === null ? null : missingTags(tags, found.tags);
  const group = missing === null ? null : await describeGroup(logs, logGroupName);
  if (missing === null || group === null) return;
  await logs.send(new TagResourceCommand({ resourceArn: arnOf(group), tags: { ...missing } }));
}

/** Tags are read by the ARN without the `:*` at its end. */
function arnOf({ logGroupArn, arn = '' }: LogGroup): string {
  return logGroupArn ?? arn.replace(/:\*$/, '');
}
