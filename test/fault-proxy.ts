import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** What S3 can answer instead of the truth; see `ANSWERS` for the exact words. */
type ErrorFault = 'internal-error' | 'slow-down' | 'expired-token' | 'bad-digest' | 'clock-skew' | 'conflict';
/** What can happen on the way. */
type WireFault =
  /** The connection breaks before the server sees the request. */
  | 'reset'
  /** The server does it, its answer is lost. */
  | 'lost-answer'
  /** The answer's body ends in the middle. */
  | 'cut-body'
  /** One byte of the answer's body is another. */
  | 'corrupt-body'
  /** One byte of the request's body is another. */
  | 'corrupt-upload'
  /** `delayMs` pass first. */
  | 'delay'
  /** The answer's body stops in the middle, the connection stays. */
  | 'stall-body';
export type Fault = ErrorFault | WireFault;

/** A request as rules see it: `path` without the query, decoded. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

export interface FaultRule {
  readonly fault: Fault;
  /** All requests unless given. */
  readonly when?: (request: SeenRequest) => boolean;
  /** Of the requests that match; 1 unless given. */
  readonly probability?: number;
  /** No more than so many; any number unless given. */
  readonly times?: number;
  readonly delayMs?: number;
  /** Done when the rule strikes, before the fault. */
  readonly first?: () => Promise<unknown>;
}

export interface FaultProxy {
  readonly endpoint: string;
  /** Every request so far. */
  readonly seen: readonly SeenRequest[];
  /** How often each fault was made so far. */
  readonly made: ReadonlyMap<Fault, number>;
  /** From now on the server's clock is so far ahead of this machine's: what is dated more than 15 minutes off is refused. */
  readonly setClock: (aheadMs: number) => void;
  /** From now on these rules; the first that strikes counts. */
  readonly setRules: (rules: readonly FaultRule[]) => void;
  readonly stop: () => Promise<void>;
}

const ANSWERS: Readonly<Record<ErrorFault, readonly [status: number, code: string, message: string]>> = {
  'internal-error': [500, 'InternalError', 'We encountered an internal error. Please try again.'],
  'slow-down': [503, 'SlowDown', 'Please reduce your request rate.'],
  'expired-token': [400, 'ExpiredToken', 'The provided token has expired.'],
  'bad-digest': [400, 'BadDigest', 'The CRC32 you specified did not match the calculated checksum.'],
  'clock-skew': [
    403,
    'RequestTimeTooSkewed',
    'The difference between the request time and the server time is too large.',
  ],
  conflict: [409, 'ConditionalRequestConflict', 'A conflicting operation occurred.'],
};

/** `20260131235959` */
const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/;
/** What S3 tolerates. */
const MAX_SKEW_MS = 15 * 60_000;

interface Live {
  readonly rule: FaultRule;
  left: number;
}

/** A proxy before an S3 server that makes faults by rule; the same seed and requests make the same faults. */
export async function startFaultProxy(
  target: string,
  rules: readonly FaultRule[],
  seed = 1,
): Promise<FaultProxy> {
  const proxy = new Proxy(target, rules, seed);
  await proxy.listen();
  return proxy;
}

class Proxy implements FaultProxy {
  readonly seen: SeenRequest[] = [];
  readonly made = new Map<Fault, number>();
  readonly #target: URL;
  readonly #server: Server;
  readonly #random: () => number;
  #rules: Live[] = [];
  #aheadMs = 0;

  constructor(target: string, rules: readonly FaultRule[], seed: number) {
    this.#target = new URL(target);
    this.#random = seededRandom(seed);
    this.setRules(rules);
    this.#server = createServer((request, response) => {
      // A broken pipe is what this proxy is for: the client sees it, nobody else needs to.
      if (this.#aheadMs !== 0) response.setHeader('date', this.#now().toUTCString());
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  get endpoint(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy is not listening');
    return `http://127.0.0.1:${String(address.port)}`;
  }

  setRules = (rules: readonly FaultRule[]): void => {
    this.#rules = rules.map((rule) => ({ rule, left: rule.times ?? Infinity }));
  };

  setClock = (aheadMs: number): void => {
    this.#aheadMs = aheadMs;
  };

  stop = async (): Promise<void> => {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  };

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const rule: FaultRule | undefined = this.#isTooSkewed(request)
      ? { fault: 'clock-skew' }
      : this.#strike(request);
    if (rule !== undefined) await this.#prepare(rule);
    const fault = rule?.fault;
    if (fault === 'reset') request.socket.destroy();
    else if (fault !== undefined && isErrorFault(fault)) await answerError(request, response, fault);
    else await this.#forward(request, response, fault);
  }

  async #prepare({ fault, first, delayMs = 0 }: FaultRule): Promise<void> {
    this.made.set(fault, (this.made.get(fault) ?? 0) + 1);
    await first?.();
    if (fault === 'delay') await delay(delayMs);
  }

  #now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  #isTooSkewed({ headers }: IncomingMessage): boolean {
    const digits = String(headers['x-amz-date']).replace(/\D/g, '');
    const now = this.#now().getTime();
    return Math.abs(Date.parse(digits.replace(AMZ_DATE, '$1-$2-$3T$4:$5:$6Z')) - now) > MAX_SKEW_MS;
  }

  #strike(request: IncomingMessage): FaultRule | undefined {
    const url = new URL(request.url ?? '/', this.#target);
    const seen = {
      method: request.method ?? '',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
    };
    this.seen.push(seen);
    const live = this.#rules.find(({ rule, left }) => {
      const matches = left > 0 && (rule.when?.(seen) ?? true);
      return matches && this.#random() < (rule.probability ?? 1);
    });
    if (live === undefined) return undefined;
    live.left -= 1;
    return live.rule;
  }

  async #forward(
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    const headers = { ...request.headers };
    // The body follows at once.
    delete headers.expect;
    const { hostname, port } = this.#target;
    const onward = httpRequest({ hostname, port, method: request.method, path: request.url, headers });
    const [[answer]] = await Promise.all([
      once(onward, 'response') as Promise<[IncomingMessage]>,
      fault === 'corrupt-upload'
        ? pipeline(request, spoiler('corrupt-body', halfOf(request), response), onward)
        : pipeline(request, onward),
    ]);
    if (fault === 'lost-answer') {
      answer.resume();
      request.socket.destroy();
      return;
    }
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined && !response.hasHeader(name)) response.setHeader(name, value);
    }
    response.writeHead(answer.statusCode ?? 502);
    await pipeline(answer, spoiler(fault, halfOf(answer), response), response);
  }
}

function halfOf({ headers }: IncomingMessage): number {
  return Math.floor(Number(headers['content-length'] ?? 2) / 2);
}

function isErrorFault(fault: Fault): fault is ErrorFault {
  return fault in ANSWERS;
}

async function answerError(
  request: IncomingMessage,
  response: ServerResponse,
  fault: ErrorFault,
): Promise<void> {
  const [status, code, message] = ANSWERS[fault];
  await request.resume().toArray();
  response.writeHead(status, { 'content-type': 'application/xml', 'x-amz-request-id': 'FAULTPROXY' });
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** Passes the body on, until byte `half`: there it is cut, spoilt or left to wait for ever. */
function spoiler(fault: Fault | undefined, half: number, response: ServerResponse): Transform {
  let done = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, next) {
      const at = half - done;
      done += chunk.length;
      const isHere = at >= 0 && at < chunk.length;
      if (!isHere || fault === undefined) next(null, chunk);
      else if (fault === 'corrupt-body') next(null, withOtherByte(chunk, at));
      else if (fault === 'cut-body') response.write(chunk.subarray(0, at), () => response.socket?.destroy());
      else if (fault === 'stall-body') response.write(chunk.subarray(0, at));
      else next(null, chunk);
    },
  });
}

function withOtherByte(chunk: Buffer, at: number): Buffer {
  const copy = Buffer.from(chunk);
  copy[at] = (copy[at] ?? 0) ^ 0x55;
  return copy;
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
