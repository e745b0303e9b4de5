import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  DeleteInstanceProfileCommand,
  GetInstanceProfileCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagInstanceProfileCommand,
  type IAMClient,
} from '@aws-sdk/client-iam';
import type { ProfileSpec, ProfileState } from '../plan/roles.ts';
import type { Roles } from '../ports-aws.ts';
import type { AwsClients } from './clients.ts';
import { orNull, whenReady, type Waiting } from './consistency.ts';
import { createServiceRole, deleteRole, ensureRole, findRole, findServiceRole } from './iam-roles.ts';
import { fromTagList, missingTags, toTagList } from './tag-lists.ts';

const MISSING = ['NoSuchEntityException', 'NoSuchEntity'];
const EXISTS = ['EntityAlreadyExistsException', 'EntityAlreadyExists'];

/** Roles in IAM. */
export function iamRoles(clients: AwsClients, waiting: Waiting): Roles {
  const { iam } = clients;
  return {
    findRole: async (name, inline) => await findRole(await iam(), name, inline),
    ensureRole: async (spec, found) => {
      await ensureRole({ iam: await iam(), waiting }, spec, found);
    },
    deleteRole: async (name) => {
      await deleteRole(await iam(), name);
    },
    findProfile: async (name) => await findProfile(await iam(), name),
    ensureProfile: async (spec, found) => {
      await ensureProfile(await iam(), waiting, spec, found);
    },
    deleteProfile: async (name) => {
      await deleteProfile(await iam(), name);
    },
    findServiceRole: async () => await findServiceRole(await iam()),
    createServiceRole: async () => await createServiceRole(await iam()),
  };
}

async function findProfile(iam: IAMClient, InstanceProfileName: string): Promise<ProfileState | null> {
  const answer = await orNull(MISSING, iam.send(new GetInstanceProfileCommand({ InstanceProfileName })));
  const profile = answer?.InstanceProfile;
  if (profile === undefined) return null;
  return {
    arn: profile.Arn ?? '',
    roles: (profile.Roles ?? []).flatMap(({ RoleName }) => RoleName ?? []),
    tags: fromTagList(profile.Tags),
  };
}

async function ensureProfile(
  iam: IAMClient,
  waiting: Waiting,
  spec: ProfileSpec,
  found: ProfileState | null,
): Promise<void> {
  const InstanceProfileName = spec.name;
  if (found === null) {
    const create = new CreateInstanceProfileCommand({ InstanceProfileName, Tags: toTagList(spec.tags) });
    await orNull(EXISTS, iam.send(create));
  } else {
    const tags = missingTags(spec.tags, found.tags);
    const Tags = toTagList(tags ?? {});
    if (tags !== null) await iam.send(new TagInstanceProfileCommand({ InstanceProfileName, Tags }));
  }
  await putRole(iam, waiting, spec, (await findProfile(iam, spec.name))?.roles ?? []);
}

/** A profile holds one role at most. */
async function putRole(
  iam: IAMClient,
  waiting: Waiting,
  { name, role }: ProfileSpec,
  present: readonly string[],
): Promise<void> {
  if (present.length === 1 && present[0] === role) return;
  const InstanceProfileName = name;
  for (const RoleName of present) {
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
  }
  const add = new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: role });
  await whenReady(waiting, () => orNull(['LimitExceededException'], iam.send(add)));
}

async function deleteProfile(iam: IAMClient, InstanceProfileName: string): Promise<void> {
  const found = await findProfile(iam, InstanceProfileName);
  for (const RoleName of found?.roles ?? []) {
    const remove = new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName });
    await orNull(MISSING, iam.send(remove));
  }
  if (found === null) return;
  await orNull(MISSING, iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName })));
}
