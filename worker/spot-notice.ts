import { setTimeout as sleep } from 'node:timers/promises';

/** What EC2 will do with this machine, and when: `{action: 'terminate', time: '2026-09-18T08:22:00Z'}`. */
export interface SpotNotice {
  readonly action: string;
  readonly time: string;
}

const INSTANCE_METADATA = 'http://169.254.169.254';
const ACTION_PATH = '/latest/meta-data/spot/instance-action';
/** EC2 gives two minutes and advises to look every five seconds. */
const EVERY_MS = 5_000;
/** The service answers within milliseconds, or not at all. */
const PATIENCE_MS = 1_000;
/** The longest that EC2 grants. */
const TOKEN_SECONDS = 21_600;

/** Where to ask for notices: only on AWS Batch, and not where the SDKs are told to leave the metadata service alone. */
export function spotNoticeEndpoint(env: Readonly<Record<string, string | undefined>>): string | null {
  if (!env['AWS_BATCH_JOB_ID'] || env['AWS_EC2_METADATA_DISABLED']?.toLowerCase() === 'true') return null;
  const { AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint = '' } = env;
  return (endpoint === '' ? INSTANCE_METADATA : endpoint).replace(/\/+$/, '');
}

/**
 * Waits for the notice that this machine is taken back; null once `signal` ends the waiting. A service that is not there or
 * does not answer is asked again in silence: most machines get no notice in their life.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html
 */
export async function spotNotice(
  endpoint: string,
  signal: AbortSignal,
  everyMs = EVERY_MS,
): Promise<SpotNotice | null> {
  let token: string | null = null;
  while (!signal.aborted) {
    token ??= await newToken(endpoint, signal);
    const answer: Answer | null = token === null ? null : await askForAction(endpoint, token, signal);
    const notice = answer?.status === 200 ? parseNotice(answer.text) : null;
    if (notice !== null) return notice;
    if (answer?.status === 401) token = null;
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
  return null;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function newToken(endpoint: string, signal: AbortSignal): Promise<string | null> {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_SECONDS) };
  const answer = await ask(`${endpoint}/latest/api/token`, { method: 'PUT', headers }, signal);
  return answer?.status === 200 ? answer.text : null;
}

async function askForAction(endpoint: string, token: string, signal: AbortSignal): Promise<Answer | null> {
  return ask(endpoint + ACTION_PATH, { headers: { 'x-aws-ec2-metadata-token': token } }, signal);
}

async function ask(url: string, request: RequestInit, signal: AbortSignal): Promise<Answer | null> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    const response = await fetch(url, { ...request, signal: limit });
    return { status: response.status, text: await response.text() };
  } catch {
    return null;
  }
}

function parseNotice(text: string): SpotNotice | null {
  try {
    const { action, time } = JSON.parse(text) as Partial<Record<keyof SpotNotice, unknown>>;
    return typeof action === 'string' ? { action, time: String(time) } : null;
  } catch {
    return null;
  }
}
