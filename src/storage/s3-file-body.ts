import type { PutObjectCommand } from '@aws-sdk/client-s3';
import { createReadStream } from 'node:fs';

const CHUNK_BYTES = 1024 * 1024;

/** What of the SDK's steps is touched. */
interface Step {
  readonly request: unknown;
}
interface Outgoing {
  body?: unknown;
  readonly headers: Record<string, string>;
}

/**
 * Has the command send a file as its body. The SDK gives up after one attempt with a stream; here it is opened anew for each, next to
 * the signature, so that the SDK's own retries hold. The body is not in memory, nor hashed for the signature: the command's checksum proves it.
 * @throws from `send` also what reading the file throws
 */
export function sendsFile(command: PutObjectCommand, file: string): void {
  command.middlewareStack.addRelativeTo(
    <In extends Step, Out>(next: (step: In) => Promise<Out>) =>
      async (step: In) => {
        const request = step.request as Outgoing;
        const body = createReadStream(file, { highWaterMark: CHUNK_BYTES });
        const broken = new Promise<never>((_, reject) => body.once('error', reject));
        request.body = body;
        request.headers['Expect'] = '100-continue';
        try {
          return await Promise.race([next(step), broken]);
        } finally {
          // one that is still there the SDK takes for a stream that it cannot repeat
          request.body = undefined;
          body.destroy();
        }
      },
    { name: 'sendsFile', relation: 'before', toMiddleware: 'httpSigningMiddleware' },
  );
}
