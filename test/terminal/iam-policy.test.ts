import { describe, expect, it } from 'vitest';
import type { IamPolicyReport } from '../../src/commands/iam-policy.ts';
import { renderIamPolicy } from '../../src/terminal/iam-policy.ts';

describe('renderIamPolicy', () => {
  it('prints the policy alone, so that it can be piped into a file', () => {
    const policy: IamPolicyReport['policy'] = { Version: '2012-10-17', Statement: [] };
    const report: IamPolicyReport = {
      commands: [],
      account: {
        accountId: '111122223333',
        region: 'us-east-1',
        partition: 'aws',
      },
      policy,
      size: 40,
    };
    const lines = renderIamPolicy(report);
    expect(JSON.parse(lines.join('\n'))).toEqual(policy);
    expect(lines[1]).toBe('  "Version": "2012-10-17",');
  });
});
