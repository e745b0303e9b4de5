import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeVerify } from '../contract/job-env.ts';
import { REQUEST_VERSION, type VerifyRequest } from '../contract/verification.ts';
import { judgeEnd, type WorkerVerdict } from '../plan/worker-exit.ts';
import type { Clock, Verifier, VerifyWork } from '../ports.ts';
import { superviseWorker } from './supervise-worker.ts';
import type { WorkerProgram } from './worker-process.ts';

export interface LocalVerifierOptions extends Pick<VerifyRequest, 'vcpus' | 'memoryMiB'> {
  /** Bucket name or absolute directory. */
  readonly bucket: string;
  readonly program: WorkerProgram;
  readonly clock: Clock;
}

/** Verifies COGs by the bundled worker, which is the only part of cogconv that runs GDAL. */
export class LocalVerifier implements Verifier {
  readonly #options: LocalVerifierOptions;

  constructor(options: LocalVerifierOptions) {
    this.#options = options;
  }

  async verify(
    work: VerifyWork,
    { onFile, ...hooks }: Parameters<Verifier['verify']>[1],
  ): Promise<WorkerVerdict> {
    const { bucket, program, clock, vcpus, memoryMiB } = this.#options;
    const folder = await mkdtemp(join(tmpdir(), 'cogconv-verify-'));
    try {
      const file = join(folder, 'request.json');
      const request: VerifyRequest = { version: REQUEST_VERSION, vcpus, memoryMiB, ...work };
      await writeFile(file, JSON.stringify(request), { mode: 0o600 });
      const env = { ...program.env, ...encodeVerify({ bucket, file }) };
      const end = await superviseWorker(
        { ...program, env },
        {
          ...hooks,
          clock,
          onMessage: (message) => {
            if (message.type === 'verified') onFile(message.verified);
          },
        },
      );
      return judgeEnd(end);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
