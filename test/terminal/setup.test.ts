import { describe, expect, it } from 'vitest';
import type { SetupReport } from '../../src/commands/setup.ts';
import type { SetupStep } from '../../src/plan/infrastructure-diff.ts';
import { renderSetup } from '../../src/terminal/setup.ts';

function step(change: Partial<SetupStep>): SetupStep {
  return { sign: '=', kind: 'job queue', name: 'queue', changes: [], why: null, takesOver: false, ...change };
}

function report(
  steps: readonly SetupStep[],
  change: { dryRun?: boolean; done?: boolean; notes?: string[] } = {},
): SetupReport {
  const account = { partition: 'aws', accountId: '123456789012', region: 'us-east-1' };
  return { needed: true, dryRun: false, account, steps, notes: [], done: true, ...change };
}

describe('renderSetup', () => {
  it('says that a directory needs none', () => {
    expect(renderSetup({ needed: false, directory: './data' })).toEqual([
      'Nothing to set up: ./data is a directory, and jobs run on this machine',
    ]);
  });

  it('prints signs, changes with old and new value, and notes', () => {
    const changes = [{ field: 'max vCPUs', old: '16', new: '32' }];
    const created = [
      { field: 'disk', old: null, new: '100 GB gp3' },
      { field: 'tag app', old: null, new: 'cogconv' },
    ];
    const lines = renderSetup(
      report(
        [
          step({ sign: '+', kind: 'ECR repository', name: 'cog-converter' }),
          step({ sign: '+', kind: 'launch template', name: 'template', changes: created }),
          step({ sign: '~', kind: 'compute environment', name: 'env', changes, takesOver: true }),
          step({}),
        ],
        { notes: ['leaves out subnet-1: why'] },
      ),
    );
    expect(lines).toEqual([
      'AWS account 123456789012, region us-east-1',
      '  + ECR repository       cog-converter',
      '  + launch template      template',
      '      disk: 100 GB gp3',
      '  ~ compute environment  env',
      '      was not made by cogconv: becomes its own, teardown will remove it',
      '      max vCPUs: 16 -> 32',
      '  = job queue            queue',
      'note: leaves out subnet-1: why',
      '',
      'Done: 2 created, 1 changed',
      'Next: cogconv deploy',
    ]);
  });

  it('says that nothing was changed in a dry run', () => {
    const lines = renderSetup(
      report([step({ sign: '+' }), step({ sign: '~' })], { dryRun: true, done: false }),
    );
    expect(lines.at(-1)).toBe('Dry run: 1 to create, 1 to change; nothing was changed');
  });

  it('says that everything is as wanted', () => {
    expect(renderSetup(report([step({})])).at(-1)).toBe('Everything is as wanted');
  });

  it('shortens long values', () => {
    const changes = [{ field: 'policy S3Access', old: null, new: 'x'.repeat(500) }];
    const lines = renderSetup(report([step({ sign: '~', changes })]));
    expect(lines.find((line) => line.includes('S3Access'))).toHaveLength(
      '      policy S3Access: none -> '.length + 100,
    );
  });

  it('explains what blocks the plan', () => {
    const lines = renderSetup(report([step({ sign: '!', why: 'it is BEST_FIT' })], { done: false }));
    expect(lines).toContain('      it is BEST_FIT');
    expect(lines.at(-1)).toContain('Nothing was changed');
  });
});
