import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deleteDefaultVpc, ec2Client } from '../aws/infrastructure-lab.ts';
import { OUTCOMES } from '../batch-stub/batch-stub.ts';
import { leaves } from '../batch-stub/job-life.ts';
import { fillBucket, startEngine, type Account } from './account.ts';
import { WAIT } from './batch-workers.ts';
import type { AwsCall, Refusal } from './front-door.ts';
import type { Stage } from './stage.ts';

type Cue = (account: Account, stage: Stage, ...captured: string[]) => void | Promise<void>;

/**
 * Stage directions: what happens in AWS between two commands. Each is a line of its own in a transcript, in `_italics_`,
 * which `<!-- -->` hides where they would disturb readers.
 */
const CUES: readonly (readonly [RegExp, Cue])[] = [
  [/^(\S+) is a bucket with rasters\.$/, (account, _, name = '') => fillBucket(account, name, rasters())],
  [/^The bucket is in (\S+)\.$/, ({ door }, _, region = '') => void (door.refuse = elsewhere(region))],
  [/^There is no default VPC\.$/, noDefaultVpc],
  [
    /^The session of the profile (\S+) has expired\.$/,
    (_, stage, profile = '') => {
      expireSession(stage, profile);
    },
  ],
  [/^The credentials expire\.$/, ({ door }) => void (door.refuse = expired)],
  [/^The user may not (\S+)\.$/, ({ door }, _, action = '') => void (door.refuse = denied(action))],
  [/^AWS answers again\.$/, ({ door }) => void (door.refuse = () => null)],
  [/^Docker is there\.$/, startDocker],
  [
    /^Batch will find the environment INVALID: (.+)$/,
    ({ stub }, _, reason = '') => {
      stub.makeInvalid('cog-converter-env', reason);
    },
  ],
  [/^The jobs run\.$/, ({ workers }) => workers.run()],
  [
    /^Jobs run at once from now on\.$/,
    (account) => {
      account.afterSubmit = () => account.workers.run();
    },
  ],
  [
    /^No machine is found: (.+)$/,
    ({ stub }, _, stuck = '') => {
      stub.onAttempt(() => ({ stuck }));
      stub.advance();
    },
  ],
  [
    /^Machines are found\.$/,
    ({ stub }) => {
      stub.onAttempt(() => ({ runSeconds: Infinity }));
      stub.advance(5_000);
    },
  ],
  [/^A machine is taken back\.$/, loseMachine],
  [
    /^Batch forgets the jobs\.$/,
    ({ stub }) => {
      stub.forgetFinishedJobs();
    },
  ],
];

/** The cue of a line; null: the line is none. @throws Error for a line in italics that is no cue */
export function cueOf(line: string): ((account: Account, stage: Stage) => void | Promise<void>) | null {
  const text = /^(?:<!-- )?_(.+)_(?: -->)?$/.exec(line)?.[1];
  if (text === undefined) return null;
  for (const [pattern, act] of CUES) {
    const match = pattern.exec(text);
    if (match !== null) return (account, stage) => act(account, stage, ...match.slice(1));
  }
  throw new Error(`no such cue: ${text}`);
}

/** Two that convert, one without a CRS, one that is cut short; named as CartoDB names its exports. */
function rasters(): Record<string, Buffer> {
  const file = (name: string): Buffer => readFileSync(`test/fixtures/rasters/${name}`);
  const prefix = 'cartodb_exports/rasters/';
  return {
    [`${prefix}public_landcover.tif`]: file('lc.tif'),
    [`${prefix}cdb_importer_olinda.tif`]: file('olinda_dem_utm25s.tif'),
    [`${prefix}public_truncated.tif`]: file('L7_ETMs.tif').subarray(0, 20_000),
  };
}

async function noDefaultVpc({ moto }: Account): Promise<void> {
  const ec2 = ec2Client(moto);
  await deleteDefaultVpc(ec2);
  ec2.destroy();
}

/** As `aws sso login` leaves it, some hours later. */
function expireSession({ home }: Stage, profile: string): void {
  const startUrl = 'https://company.awsapps.com/start';
  const cache = join(home, '.aws/sso/cache');
  mkdirSync(cache, { recursive: true });
  const lines = [
    `[profile ${profile}]`,
    `sso_start_url = ${startUrl}`,
    'sso_region = us-east-1',
    'sso_account_id = 123456789012',
    'sso_role_name = gis',
  ];
  writeFileSync(join(home, '.aws/config'), `${lines.join('\n')}\n`);
  const token = { startUrl, accessToken: 'x', expiresAt: '2024-01-15T12:00:00Z', region: 'us-east-1' };
  const name = createHash('sha1').update(startUrl).digest('hex');
  writeFileSync(join(cache, `${name}.json`), JSON.stringify(token));
}

/** S3 names a bucket's region in a header and, for some calls, in the body. */
function elsewhere(bucketRegion: string): (call: AwsCall) => Refusal | null {
  return ({ service, region }) =>
    service !== 's3' || region === bucketRegion
      ? null
      : {
          status: 301,
          code: 'PermanentRedirect',
          message:
            'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
          headers: { 'x-amz-bucket-region': bucketRegion },
        };
}

function expired({ service }: AwsCall): Refusal {
  return service === 's3'
    ? { status: 400, code: 'ExpiredToken', message: 'The provided token has expired.' }
    : {
        status: 403,
        code: service === 'sts' || service === 'iam' ? 'ExpiredToken' : 'ExpiredTokenException',
        message: 'The security token included in the request is expired',
      };
}

const USER = 'arn:aws:iam::123456789012:user/ann';

function denied(action: string): (call: AwsCall) => Refusal | null {
  return (call) => {
    if (call.action.toLowerCase() !== action.toLowerCase()) return null;
    const message = `User: ${USER} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`;
    const code = ['s3', 'iam', 'sts'].includes(call.service) ? 'AccessDenied' : 'AccessDeniedException';
    return { status: 403, code, message };
  };
}

async function startDocker(account: Account, stage: Stage): Promise<void> {
  const engine = await startEngine(account);
  account.onClose(engine.close);
  stage.env['DOCKER_HOST'] = engine.host;
}

/** The instance dies under every job that runs; Batch puts them back into the queue. */
function loseMachine({ stub }: Account): void {
  for (const job of leaves(stub.state)) {
    if (job.status === 'RUNNING') job.outcome = { ...OUTCOMES.spotLoss, runSeconds: 0 };
  }
  stub.onAttempt(WAIT);
  stub.advance();
}
