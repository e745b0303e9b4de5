import type { Clock } from '../../src/ports.ts';
import type { BatchStub } from './batch-stub.ts';

/** The stub's virtual time: to sleep is to advance it. */
export function stubClock(stub: BatchStub): Clock {
  return {
    now: () => new Date(stub.state.now),
    sleep: (ms) => {
      stub.advance(ms);
      return Promise.resolve();
    },
  };
}
