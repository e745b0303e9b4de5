import { encodeProbe } from '../contract/job-env.ts';
import type { MachineFacts } from '../contract/machine.ts';
import { CogconvError, InterruptedError } from '../errors.ts';
import { judgeEnd } from '../plan/worker-exit.ts';
import type { Clock, Interrupts } from '../ports.ts';
import { superviseWorker } from './supervise-worker.ts';
import type { WorkerProgram } from './worker-process.ts';

/**
 * Asks a worker what it finds on this machine: what it says is true of those that a run would start.
 * @throws CogconvError when it cannot be started, InterruptedError on Ctrl-C
 */
export async function probeMachine(
  program: WorkerProgram,
  hooks: Interrupts & { readonly clock: Clock },
): Promise<MachineFacts> {
  const told: MachineFacts[] = [];
  const end = await superviseWorker(
    { ...program, env: { ...program.env, ...encodeProbe() } },
    {
      ...hooks,
      onMessage: (message) => {
        if (message.type === 'machine') told.push(message.machine);
      },
    },
  );
  const [facts] = told;
  if (facts !== undefined) return facts;
  if (hooks.stop.aborted) throw new InterruptedError('interrupted');
  throw new CogconvError(`no worker runs on this machine: ${judgeEnd(end).reason ?? 'it told nothing'}`);
}
