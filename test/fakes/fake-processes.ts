import type { ProcessIdentity } from '../../src/contract/result.ts';
import type { Processes } from '../../src/ports.ts';

/** A process of the machine that tests pretend to be on. */
export function processHere(pid: number, host = 'here'): ProcessIdentity {
  return { host, pid, started: String(pid * 10) };
}

/**
 * A process table of one machine: processes live once they are added; of other hosts nothing is known. One that tells no starts, as
 * off Linux, knows only who is gone.
 */
export class FakeProcesses implements Processes {
  readonly own: ProcessIdentity;
  readonly #living = new Set<number>();
  readonly #tellsStarts: boolean;

  constructor(own = processHere(1), { tellsStarts = true } = {}) {
    this.own = own;
    this.#tellsStarts = tellsStarts;
    this.#living.add(own.pid);
  }

  add(pid: number): ProcessIdentity {
    this.#living.add(pid);
    return processHere(pid, this.own.host);
  }

  end(pid: number): void {
    this.#living.delete(pid);
  }

  isAlive({ host, pid, started }: ProcessIdentity): boolean | null {
    if (host !== this.own.host) return null;
    if (!this.#tellsStarts) return this.#living.has(pid) ? null : false;
    return this.#living.has(pid) && started === String(pid * 10);
  }
}
