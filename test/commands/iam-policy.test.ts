import { describe, expect, it } from 'vitest';
import { iamPolicy } from '../../src/commands/iam-policy.ts';
import { renderIamPolicy } from '../../src/terminal/iam-policy.ts';
import { RecordingReporter } from '../fakes/recording-reporter.ts';

const SETTINGS = {
  bucket: 'rasters',
  sourcePrefix: 'raw/',
  cogPrefix: 'cogs/',
  batchJobName: 'cog-converter',
  computeEnvName: 'env',
  jobQueueName: 'queue',
  jobDefinitionName: 'job',
  ecrRepoName: 'repo',
  runner: 'batch',
} as const;
const ACCOUNT = { partition: 'aws', accountId: '123456789012', region: 'us-east-1' };

function deps() {
  return { account: { facts: () => Promise.resolve(ACCOUNT) }, reporter: new RecordingReporter() };
}

describe('iamPolicy', () => {
  it('prints a policy that can be piped into a file', async () => {
    const { report, exitCode } = await iamPolicy(deps(), SETTINGS, 'list, logs');
    expect(exitCode).toBe(0);
    expect(report.commands).toEqual(['list', 'logs']);
    expect(JSON.parse(renderIamPolicy(report).join('\n'))).toEqual(report.policy);
  });

  it('follows RUNNER: jobs on this machine use its own credentials', async () => {
    const actions = async (runner: 'batch' | 'local'): Promise<string> =>
      JSON.stringify((await iamPolicy(deps(), { ...SETTINGS, runner }, 'convert')).report.policy);
    expect(await actions('batch')).toContain('batch:SubmitJob');
    expect(await actions('local')).not.toContain('batch:');
    expect(await actions('local')).toContain('s3:AbortMultipartUpload');
  });

  it('warns that all commands together do not fit one managed policy', async () => {
    const given = deps();
    const { report } = await iamPolicy(given, SETTINGS, 'all');
    expect(given.reporter.warnings).toHaveLength(report.size > 6_144 ? 1 : 0);
  });

  it('refuses commands that there are not, and directories', async () => {
    await expect(iamPolicy(deps(), SETTINGS, 'list,fly')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('--for is "fly"') as string,
    });
    await expect(iamPolicy(deps(), { ...SETTINGS, bucket: './data' }, 'all')).rejects.toMatchObject({
      exitCode: 2,
    });
  });
});
