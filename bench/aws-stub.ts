import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { OUTCOMES, startBatchStub } from '../test/batch-stub/batch-stub.ts';
import { furnish } from '../test/batch-stub/furnish.ts';
import { submitJob } from '../test/batch-stub/submit-job.ts';
import { BucketStub } from './bucket-stub.ts';
import type { AwsStubSettings } from './open-aws-stub.ts';
import { arrayRequest, recordDocument, runDocuments, worldRanges, type World } from './scale-world.ts';

/** The program of `openAwsStub`: S3 and AWS Batch at one address, in a process of its own until its stdin ends. */
const [text = '{}'] = process.argv.slice(2);
const { world, latencyMs } = JSON.parse(text) as AwsStubSettings;
/** Of jobs that AWS Batch still has: so many run, and so many failed without a word. */
const RUNNING = 64;
const BROKEN = 200;

const bucket = new BucketStub(runDocuments(world), (documents) => worldRanges(world, documents));
const batch = await startBatchStub();
furnish(batch.state);
for (let sequence = 1; sequence <= world.runs; sequence += 1) {
  const submissions = world.ended ? [] : [submitted(world, sequence)];
  const { key, text: record } = recordDocument(world, sequence, submissions);
  bucket.put(key, record);
}

function submitted(of: World, sequence: number) {
  const { resultsPerRun, jobsPerRun } = of;
  batch.onAttempt(({ index }) => {
    const at = index ?? 0;
    if (at < resultsPerRun) return OUTCOMES.good;
    if (at < resultsPerRun + BROKEN) return OUTCOMES.outOfMemory;
    return at < resultsPerRun + BROKEN + RUNNING ? { runSeconds: 1e9 } : OUTCOMES.stuckCapacity;
  });
  const request = arrayRequest(of, sequence);
  const { jobId = '', jobName = '' } = submitJob(batch.state, request);
  batch.advance(30_000);
  return { jobId, jobName, firstJob: 1, jobs: jobsPerRun };
}

const calls = new Map<string, number>();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stub');
  if (pathname === '/stub/calls') {
    response.end(JSON.stringify(Object.fromEntries(calls)));
    calls.clear();
    return;
  }
  const isBatch = pathname.startsWith('/v1/');
  const name = isBatch ? `Batch ${pathname.slice(4)}` : `S3 ${s3Operation(request, searchParams)}`;
  calls.set(name, (calls.get(name) ?? 0) + 1);
  if (latencyMs > 0) await delay(latencyMs);
  if (!isBatch) await bucket.answer(request, response);
  else await forward(request, response);
}

function s3Operation({ method = '' }: IncomingMessage, query: URLSearchParams): string {
  return query.has('list-type') ? 'LIST' : method;
}

async function forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = new Uint8Array(await buffer(request));
  const answered = await fetch(`${batch.endpoint}${request.url ?? ''}`, {
    method: request.method ?? 'POST',
    body,
  });
  response.writeHead(answered.status, Object.fromEntries(answered.headers));
  response.end(await answered.text());
}

const server = createServer((request, response) => {
  void answer(request, response);
});
server.keepAliveTimeout = 600_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${String(typeof address === 'object' ? address?.port : '')}\n`);
});
process.stdin.on('end', () => process.exit()).resume();
