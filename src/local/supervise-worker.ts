import type { WorkerEnd } from '../plan/worker-exit.ts';
import type { Clock, StartHooks } from '../ports.ts';
import { startWorker, type WorkerMessage, type WorkerProgram } from './worker-process.ts';

/** As long as a container has between SIGTERM and SIGKILL. @see ECS_CONTAINER_STOP_TIMEOUT of the ECS agent */
const STOP_GRACE_MS = 30_000;

/** Runs a worker to its end: asked to stop it has 30 seconds to tidy up, told to end at once it has none. */
export async function superviseWorker(
  program: WorkerProgram,
  hooks: Pick<StartHooks, 'stop' | 'kill'> & {
    readonly clock: Clock;
    readonly onMessage: (message: WorkerMessage) => void;
  },
): Promise<WorkerEnd> {
  const worker = startWorker(program, hooks.onMessage);
  const over = new AbortController();
  const onStop = (): void => {
    worker.stop();
    void hooks.clock.sleep(STOP_GRACE_MS, over.signal).then(() => {
      if (!over.signal.aborted) worker.kill();
    });
  };
  onAbort(hooks.stop, over.signal, onStop);
  onAbort(hooks.kill, over.signal, worker.kill);
  const end = await worker.end;
  over.abort();
  return end;
}

/** Calls `act` when the signal aborts or has aborted, unless `until` did before. */
function onAbort(signal: AbortSignal, until: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act, { once: true, signal: until });
}
