import type { VerifiedFile, VerifyRequest } from '../src/contract/verification.ts';
import { ResourceGate, Stopped } from './resource-gate.ts';
import { budgetOf, slotsOf } from './schedule.ts';
import { verifyObject, type VerifyTools } from './verify-object.ts';

/** What a worker is given beside its request. */
export interface VerifyContext extends Pick<VerifyTools, 'store' | 'scratch' | 'gdal' | 'signal'> {
  /** Told of each COG as it is done. */
  readonly onFile: (file: VerifiedFile) => void;
}

/** Verifies all COGs of a request, several at once; nothing in the bucket is changed. Ends early when it is told to stop. */
export async function runVerify(request: VerifyRequest, context: VerifyContext): Promise<void> {
  const budget = budgetOf(request);
  const queue = [...request.files];
  let left = queue.length;
  const tools = {
    ...context,
    request,
    gate: new ResourceGate(budget, context.signal),
    filesLeft: () => left,
  };
  const lane = async (_: unknown, slot: number): Promise<void> => {
    for (let row = queue.shift(); row !== undefined && !context.signal.aborted; row = queue.shift()) {
      context.onFile(await verifyObject(tools, row, String(slot)));
      left -= 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(slotsOf(budget), queue.length) }, lane)).catch(
    (error: unknown) => {
      if (!(error instanceof Stopped)) throw error;
    },
  );
}
