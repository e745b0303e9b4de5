import type { IamPolicyReport } from '../commands/iam-policy.ts';

/** The policy alone, as JSON, so that it can be piped into a file for `aws iam create-policy`. */
export function renderIamPolicy({ policy }: IamPolicyReport): string[] {
  return JSON.stringify(policy, null, 2).split('\n');
}
