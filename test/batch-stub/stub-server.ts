import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OPERATIONS } from './operations.ts';
import { StubFault, type StubState } from './stub-state.ts';

/** One request that the stub got, refused ones included. */
export interface Call {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** HTTP status of the answer; 0: the connection was dropped. */
  status: number;
}

/** An error to answer with. */
export interface Fault {
  /** Default 500. */
  readonly status?: number;
  /** Default ServerException. */
  readonly type?: string;
  readonly message?: string;
  /** The call takes effect, and only its answer is the error: a SubmitJob that was accepted. */
  readonly afterwards?: boolean;
  /** No answer: the connection breaks. */
  readonly drop?: boolean;
}

export interface Script {
  faults: { readonly operation: string; readonly fault: Fault }[];
  throttledUntil: number;
  msPerCall: number;
  onTime(ms: number): void;
}

interface Server {
  readonly endpoint: string;
  readonly calls: readonly Call[];
  close(): Promise<void>;
}

/** Serves the operations over HTTP as restJson1. */
export async function startServer(state: StubState, script: Script): Promise<Server> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, { state, script, calls });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${String(port)}`,
    calls,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Context {
  readonly state: StubState;
  readonly script: Script;
  readonly calls: Call[];
}

async function answer(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const { script, state, calls } = context;
  const body = await bodyOf(request);
  const [operation, input] = requested(request, body);
  const call: Call = { operation, input, status: 200 };
  calls.push(call);
  script.onTime(script.msPerCall);
  const fault = takeFault(script, state, operation);
  if (fault?.drop === true && fault.afterwards !== true) {
    call.status = 0;
    request.socket.destroy();
    return;
  }
  const { status, type, body: text } = outcomeOf(context, call, fault);
  if (fault?.drop === true) {
    call.status = 0;
    request.socket.destroy();
    return;
  }
  call.status = status;
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-requestid': `stub-${String(calls.length)}`,
    ...(type === null ? {} : { 'x-amzn-errortype': type }),
  });
  response.end(text);
}

function outcomeOf(
  { state }: Context,
  { operation, input }: Call,
  fault: Fault | null,
): { readonly status: number; readonly type: string | null; readonly body: string } {
  try {
    if (fault !== null && fault.afterwards !== true) throw faultError(fault);
    const handle = OPERATIONS[operation];
    if (handle === undefined)
      throw new StubFault(`the stub has no ${operation}`, 404, 'UnknownOperationException');
    const body = JSON.stringify(handle(state, input));
    if (fault !== null) throw faultError(fault);
    return { status: 200, type: null, body };
  } catch (error) {
    if (!(error instanceof StubFault)) throw error;
    return { status: error.status, type: error.type, body: JSON.stringify({ message: error.message }) };
  }
}

function faultError({
  status = 500,
  type = 'ServerException',
  message = 'Internal error',
}: Fault): StubFault {
  return new StubFault(message, status, type);
}

function takeFault(script: Script, state: StubState, operation: string): Fault | null {
  const index = script.faults.findIndex((one) => one.operation === operation || one.operation === '*');
  const [taken] = index === -1 ? [] : script.faults.splice(index, 1);
  if (taken !== undefined) return taken.fault;
  if (state.now >= script.throttledUntil) return null;
  return { status: 429, type: 'TooManyRequestsException', message: 'Too Many Requests' };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

const TAG_OPERATIONS: Readonly<Record<string, string>> = {
  GET: 'ListTagsForResource',
  POST: 'TagResource',
  DELETE: 'UntagResource',
};

/** `/v1/submitjob` -> SubmitJob; `/v1/tags/<arn>` by its method. */
function requested(
  { url = '/', method = 'GET' }: IncomingMessage,
  body: string,
): [string, Record<string, unknown>] {
  const { pathname, searchParams } = new URL(url, 'http://stub');
  const input = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>;
  const tagged = /^\/v1\/tags\/(.+)$/.exec(pathname);
  if (tagged !== null) {
    const resourceArn = decodeURIComponent(tagged[1] ?? '');
    return [
      TAG_OPERATIONS[method] ?? method,
      { ...input, resourceArn, tagKeys: searchParams.getAll('tagKeys') },
    ];
  }
  const name = pathname.replace(/^\/v1\//, '');
  return [Object.keys(OPERATIONS).find((one) => one.toLowerCase() === name) ?? name, input];
}
