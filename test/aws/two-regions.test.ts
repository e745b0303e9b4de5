import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { setup } from '../../src/commands/setup.ts';
import { teardown } from '../../src/commands/teardown.ts';
import { renderSetup } from '../../src/terminal/setup.ts';
import { hasMoto, type Moto } from '../moto.ts';
import { openDefaultVpc, SETTINGS, startAws, startLab, type Lab } from './infrastructure-lab.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const haveMoto = hasMoto('two regions on moto');

const SECOND = 'eu-west-1';
const OTHER_NAME = { ...SETTINGS, batchJobName: 'cog-converter-eu' };

describe.skipIf(!haveMoto)('deployments of one account in two regions', () => {
  let moto: Moto;
  let lab: Lab;
  beforeAll(async () => {
    moto = await startAws();
    lab = await startLab('moto', moto);
    await openDefaultVpc(moto, SECOND);
    await setup(lab.deps(), SETTINGS);
  });
  afterAll(async () => {
    await lab.close();
    await moto.stop();
  });

  function inSecond() {
    return { ...lab.deps(undefined, SECOND), person: { confirm: () => Promise.resolve(null) } };
  }

  async function trustOf(name: string): Promise<string | undefined> {
    return (await lab.deps().roles.findRole(name, []))?.trust;
  }

  it('setup does not turn the roles of the first to the second', async () => {
    const { report, exitCode } = await setup(inSecond(), SETTINGS);
    expect(exitCode).toBe(1);
    expect(renderSetup(report).join('\n')).toContain('set BATCH_JOB_NAME to another name');
    expect(await trustOf('cog-converter-job-role')).toContain(':us-east-1:');
    expect(await inSecond().environments.findEnvironment(SETTINGS.computeEnvName)).toBeNull();
  });

  it('another BATCH_JOB_NAME has roles of its own, and teardown takes those alone', async () => {
    expect((await setup(inSecond(), OTHER_NAME)).exitCode).toBe(0);
    expect(await trustOf('cog-converter-eu-job-role')).toContain(`:${SECOND}:`);
    await teardown(inSecond(), OTHER_NAME, { yes: true, images: false });
    expect(await trustOf('cog-converter-eu-job-role')).toBeUndefined();
    expect(await trustOf('cog-converter-job-role')).toContain(':us-east-1:');
  });

  it('teardown under the same names leaves the roles of the first', async () => {
    await teardown(inSecond(), SETTINGS, { yes: true, images: false });
    const ports = lab.deps();
    expect(await trustOf('cog-converter-job-role')).toBeDefined();
    expect(await trustOf('cog-converter-instance-role')).toBeDefined();
    expect(await ports.roles.findProfile('cog-converter-instance-profile')).not.toBeNull();
  });
});
