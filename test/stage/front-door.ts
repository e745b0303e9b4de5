import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** A request to AWS, read from its signature and protocol. */
export interface AwsCall {
  /** As in the signature: `s3`, `batch`, `logs`. */
  readonly service: string;
  /** The IAM action: `s3:ListBucket`, `batch:SubmitJob`, `iam:GetRole`. */
  readonly action: string;
  /** That the caller signed for. */
  readonly region: string;
}

/** An answer in place of the service's. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One endpoint for all of AWS: passes each call on to the program that stands in for its service, unless it is refused. */
export interface FrontDoor {
  readonly endpoint: string;
  /** Asked for every call; null: pass on. */
  refuse: (call: AwsCall) => Refusal | null;
  /** Done between the service's answer and ours. */
  after: (call: AwsCall) => void | Promise<void>;
  close(): Promise<void>;
}

/** Opens it; `target` names the program that answers a call: `http://127.0.0.1:5000`. */
export async function openFrontDoor(target: (call: AwsCall) => string): Promise<FrontDoor> {
  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const door: FrontDoor = {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    refuse: () => null,
    after: () => undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat((await request.toArray()) as Buffer[]);
    const call = awsCall(request, body);
    const refusal = door.refuse(call);
    if (refusal !== null) {
      answer(request, response, call, refusal);
      return;
    }
    const reply = await passOn(request, body, target(call));
    await door.after(call);
    response.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
    await pipeline(reply, response);
  };
  return door;
}

async function passOn(request: IncomingMessage, body: Buffer, target: string): Promise<IncomingMessage> {
  const headers = { ...request.headers, 'content-length': String(body.length) };
  delete headers.expect;
  delete headers['transfer-encoding'];
  const onward = httpRequest(`${target}${request.url ?? '/'}`, { method: request.method, headers });
  onward.end(body);
  const [reply] = (await once(onward, 'response')) as [IncomingMessage];
  return reply;
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html */
function awsCall({ method = 'GET', url = '/', headers }: IncomingMessage, body: Buffer): AwsCall {
  const [, region = '', service = ''] =
    /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? '') ?? [];
  const { pathname, searchParams } = new URL(url, 'http://aws');
  const target = headers['x-amz-target'];
  const operation =
    service === 's3'
      ? s3Action(method, pathname, searchParams)
      : typeof target === 'string'
        ? target.replace(/^.*\./, '')
        : (new URLSearchParams(body.toString('latin1')).get('Action') ?? pathname.replace('/v1/', ''));
  return { service, action: `${service}:${operation}`, region };
}

/** HEAD needs the permission of GET; the bucket's own calls have a path of one part. */
function s3Action(method: string, path: string, query: URLSearchParams): string {
  if (method === 'GET' || method === 'HEAD') {
    return query.has('list-type') || !/^\/[^/]+\/./.test(path) ? 'ListBucket' : 'GetObject';
  }
  return method === 'DELETE' ? 'DeleteObject' : 'PutObject';
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { service }: AwsCall,
  { status, code, message, headers = {} }: Refusal,
): void {
  const isXml = ['s3', 'iam', 'sts', 'ec2'].includes(service);
  response.writeHead(status, {
    ...(isXml
      ? { 'content-type': 'text/xml', 'x-amz-request-id': 'REFUSED' }
      : { 'content-type': 'application/json', 'x-amzn-errortype': code, 'x-amzn-requestid': 'REFUSED' }),
    ...headers,
  });
  const body = isXml ? xmlError(service, code, message) : JSON.stringify({ __type: code, message });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function xmlError(service: string, code: string, message: string): string {
  const error = `<Error><Code>${code}</Code><Message>${message.replaceAll('&', '&amp;')}</Message></Error>`;
  if (service === 's3') return `<?xml version="1.0"?>${error}`;
  if (service === 'ec2')
    return `<Response><Errors>${error}</Errors><RequestID>REFUSED</RequestID></Response>`;
  return `<ErrorResponse>${error}<RequestId>REFUSED</RequestId></ErrorResponse>`;
}
