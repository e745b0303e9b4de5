import { BatchClient, DescribeJobDefinitionsCommand } from '@aws-sdk/client-batch';
import { DescribeLaunchTemplateVersionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { kill } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAws } from '../aws/infrastructure-lab.ts';
import { hasMoto, type Moto } from '../moto.ts';
import { fillBucket, openAccount, startEngine, type Account } from '../stage/account.ts';
import { openStage, type Stage } from '../stage/stage.ts';
import { cogconv, type CliEnvironment, type Ended } from './batch-cli.ts';

/** Each run gets so many calls further than the one before. */
const STRIDE = 3;
const SIGNALS = ['SIGKILL', 'SIGINT'] as const;
const ENDED_BY = { SIGKILL: null, SIGINT: 130 } as const;

describe.skipIf(!hasMoto('setup, deploy and teardown, interrupted')).each(SIGNALS)(
  'setup, deploy and teardown under %s again and again',
  (signal) => {
    let moto: Moto;
    let stage: Stage;
    let account: Account;
    let env: CliEnvironment;

    beforeAll(async () => {
      moto = await startAws();
      stage = openStage();
      account = await openAccount(stage, moto);
      await fillBucket(account, 'rasters', {});
      const engine = await startEngine(account);
      account.onClose(engine.close);
      const given = {
        ...stage.env,
        DOCKER_HOST: engine.host,
        S3_BUCKET: 'rasters',
        OUTPUT_DIR: stage.folder,
      };
      env = Object.fromEntries(
        Object.entries(given).filter((one): one is [string, string] => Boolean(one[1])),
      );
    });

    afterAll(async () => {
      await account.close();
      await moto.stop();
      stage.remove();
    });

    /** Interrupts the command once AWS has done what its call number `at` asked for; a killed one never gets the answer. */
    async function interrupted(args: readonly string[], at: number): Promise<Ended> {
      let [calls, pid] = [0, 0];
      account.door.after = () => {
        calls += 1;
        if (calls === at) kill(pid, signal);
      };
      const ended = await cogconv(args, env, (started) => {
        pid = started;
      });
      account.door.after = () => undefined;
      return ended;
    }

    /** The same command until it gets to its end; says how often it was interrupted. */
    async function untilDone(...args: readonly string[]): Promise<number> {
      for (let at = 1, times = 0; ; at += STRIDE, times += 1) {
        const { code, stderr } = await interrupted(args, at);
        if (code === 0) return times;
        expect(code, stderr).toBe(ENDED_BY[signal]);
      }
    }

    async function signs(...args: readonly string[]): Promise<readonly string[]> {
      const { stdout } = await cogconv([...args, '--json'], env);
      const { data } = JSON.parse(stdout) as { data: { steps: readonly { sign: string }[] } };
      return [...new Set(data.steps.map(({ sign }) => sign))];
    }

    it('sets up everything, once', async () => {
      expect(await untilDone('setup')).toBeGreaterThan(3);
      expect(await signs('setup')).toEqual(['=']);
      const ec2 = new EC2Client({ endpoint: moto.endpoint, region: 'us-east-1', credentials: CREDENTIALS });
      const versions = new DescribeLaunchTemplateVersionsCommand({
        LaunchTemplateName: 'cog-converter-launch-template',
      });
      expect((await ec2.send(versions)).LaunchTemplateVersions).toHaveLength(1);
      ec2.destroy();
    }, 240_000);

    it('deploys, once', async () => {
      expect(await untilDone('deploy')).toBeGreaterThan(1);
      const batch = new BatchClient({
        endpoint: account.stub.endpoint,
        region: 'us-east-1',
        credentials: CREDENTIALS,
      });
      const found = await batch.send(new DescribeJobDefinitionsCommand({ status: 'ACTIVE' }));
      batch.destroy();
      expect(found.jobDefinitions).toHaveLength(1);
      expect((await cogconv(['deploy'], env)).stdout).toContain('Already deployed');
    }, 240_000);

    it('takes everything down', async () => {
      expect(await untilDone('teardown', '--yes', '--images')).toBeGreaterThan(3);
      const { stdout } = await cogconv(['teardown', '--yes', '--images'], env);
      expect(stdout).toContain('Nothing of cogconv is left to delete');
      const iam = new IAMClient({ endpoint: moto.endpoint, region: 'us-east-1', credentials: CREDENTIALS });
      const { Roles = [] } = await iam.send(new ListRolesCommand({}));
      iam.destroy();
      // with AWS's name for it, whichever case moto writes it in
      expect(Roles.map(({ RoleName }) => RoleName?.toLowerCase())).toEqual(['awsserviceroleforbatch']);
    }, 240_000);
  },
);

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
