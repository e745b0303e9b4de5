import {
  AttachRolePolicyCommand,
  CreateRoleCommand,
  CreateServiceLinkedRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  ListRolesCommand,
  paginateListAttachedRolePolicies,
  paginateListRolePolicies,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  type IAMClient,
} from '@aws-sdk/client-iam';
import { canonicalDocument } from '../plan/policy-document.ts';
import type { RoleSpec, RoleState } from '../plan/roles.ts';
import { orNull, whenReady, type Waiting } from './consistency.ts';
import { fromTagList, missingTags, toTagList } from './tag-lists.ts';

const MISSING = ['NoSuchEntityException', 'NoSuchEntity'];
const EXISTS = ['EntityAlreadyExistsException', 'EntityAlreadyExists'];
const SERVICE_ROLE_PATH = '/aws-service-role/batch.amazonaws.com/';

/** A role with its trust, the named inline policies, attached policies and tags; null: there is none. */
export async function findRole(
  iam: IAMClient,
  RoleName: string,
  inlineNames: readonly string[],
): Promise<RoleState | null> {
  const answer = await orNull(MISSING, iam.send(new GetRoleCommand({ RoleName })));
  const role = answer?.Role;
  if (role === undefined) return null;
  const inline: Record<string, string> = {};
  for (const PolicyName of inlineNames) {
    const found = await orNull(MISSING, iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })));
    if (found?.PolicyDocument !== undefined) inline[PolicyName] = decoded(found.PolicyDocument);
  }
  return {
    arn: role.Arn ?? '',
    trust: decoded(role.AssumeRolePolicyDocument ?? ''),
    inline,
    attached: await attachedPolicies(iam, RoleName),
    tags: fromTagList(role.Tags),
  };
}

/** Creates the role or mends what differs. */
export async function ensureRole(
  { iam, waiting }: { readonly iam: IAMClient; readonly waiting: Waiting },
  spec: RoleSpec,
  found: RoleState | null,
): Promise<void> {
  const RoleName = spec.name;
  if (found === null) await createRole(iam, spec);
  else await mendTrustAndTags(iam, spec, found);
  for (const [PolicyName, PolicyDocument] of Object.entries(spec.inline)) {
    if (isSame(found?.inline[PolicyName], PolicyDocument)) continue;
    const put = new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument });
    await whenReady(waiting, () => iam.send(put));
  }
  for (const PolicyArn of spec.attached) {
    if (found?.attached.includes(PolicyArn) === true) continue;
    const attach = new AttachRolePolicyCommand({ RoleName, PolicyArn });
    await whenReady(waiting, () => iam.send(attach));
  }
}

async function createRole(iam: IAMClient, spec: RoleSpec): Promise<void> {
  const create = new CreateRoleCommand({
    RoleName: spec.name,
    Description: spec.description,
    AssumeRolePolicyDocument: spec.trust,
    Tags: toTagList(spec.tags),
  });
  // another setup may have been faster, or an answer was lost
  await orNull(EXISTS, iam.send(create));
}

async function mendTrustAndTags(iam: IAMClient, spec: RoleSpec, found: RoleState): Promise<void> {
  const RoleName = spec.name;
  if (!isSame(found.trust, spec.trust)) {
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: spec.trust }));
  }
  const tags = missingTags(spec.tags, found.tags);
  if (tags !== null) await iam.send(new TagRoleCommand({ RoleName, Tags: toTagList(tags) }));
}

/** A role must be empty before it can go. */
export async function deleteRole(iam: IAMClient, RoleName: string): Promise<void> {
  if ((await orNull(MISSING, iam.send(new GetRoleCommand({ RoleName })))) === null) return;
  for (const PolicyArn of await attachedPolicies(iam, RoleName)) {
    await orNull(MISSING, iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
  }
  for await (const { PolicyNames = [] } of paginateListRolePolicies({ client: iam }, { RoleName })) {
    for (const PolicyName of PolicyNames) {
      await orNull(MISSING, iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
    }
  }
  await orNull(MISSING, iam.send(new DeleteRoleCommand({ RoleName })));
}

/** ARN of the account's service-linked role for Batch. */
export async function findServiceRole(iam: IAMClient): Promise<string | null> {
  const { Roles = [] } = await iam.send(new ListRolesCommand({ PathPrefix: SERVICE_ROLE_PATH }));
  return Roles[0]?.Arn ?? null;
}

/** Creates it; "has been taken" means that somebody was faster. */
export async function createServiceRole(iam: IAMClient): Promise<string> {
  const create = new CreateServiceLinkedRoleCommand({ AWSServiceName: 'batch.amazonaws.com' });
  const made = await orNull(['InvalidInputException', 'InvalidInput', ...EXISTS], iam.send(create));
  const arn = made?.Role?.Arn ?? (await findServiceRole(iam));
  if (arn === null) throw new Error('the service-linked role of AWS Batch exists, but IAM does not list it');
  return arn;
}

async function attachedPolicies(iam: IAMClient, RoleName: string): Promise<string[]> {
  const arns: string[] = [];
  for await (const page of paginateListAttachedRolePolicies({ client: iam }, { RoleName })) {
    arns.push(...(page.AttachedPolicies ?? []).flatMap(({ PolicyArn }) => PolicyArn ?? []));
  }
  return arns;
}

/** IAM answers documents URL-encoded. */
function decoded(document: string): string {
  return document.startsWith('%') ? decodeURIComponent(document) : document;
}

function isSame(found: string | undefined, wanted: string): boolean {
  return found !== undefined && canonicalDocument(found) === canonicalDocument(wanted);
}
