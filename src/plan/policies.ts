import type { Grant, PolicySubject } from './policy-arns.ts';
import type { PolicyDocument, Statement } from './policy-document.ts';
import { COMMAND_GRANTS, type PolicyCommand } from './policy-grants.ts';

/** The least that these commands need; statements with one resource and condition are merged. */
export function policyFor(commands: readonly PolicyCommand[], subject: PolicySubject): PolicyDocument {
  const merged = new Map<string, { grant: Grant; actions: Set<string> }>();
  for (const grant of commands.flatMap((command) => COMMAND_GRANTS[command](subject))) {
    const key = JSON.stringify([grant.on, grant.when ?? null]);
    const known = merged.get(key) ?? { grant, actions: new Set<string>() };
    for (const action of grant.actions) known.actions.add(action);
    merged.set(key, known);
  }
  const statements = [...merged.values()].map(({ grant, actions }) => statement(grant, actions));
  return { Version: '2012-10-17', Statement: statements };
}

/** Characters that count against IAM's limit: white space does not. */
export function policySize(document: PolicyDocument): number {
  return JSON.stringify(document).length;
}

/** Of a managed policy. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const MAX_POLICY_SIZE = 6_144;

function statement({ on, when }: Grant, actions: ReadonlySet<string>): Statement {
  return {
    Effect: 'Allow',
    Action: [...actions].sort(),
    Resource: on,
    ...(when === undefined ? {} : { Condition: when }),
  };
}
