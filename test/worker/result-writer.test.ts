import { describe, expect, it } from 'vitest';
import { ResultWriter } from '../../worker/result-writer.ts';

/** A document whose writes end when told to. */
class Desk {
  state = 0;
  readonly written: number[] = [];
  readonly faults: unknown[] = [];
  underWay = 0;
  mostUnderWay = 0;
  failing = false;
  #ends: (() => void)[] = [];

  write = async (): Promise<void> => {
    this.underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    this.written.push(this.state);
    await new Promise<void>((end) => this.#ends.push(end));
    this.underWay -= 1;
    if (this.failing) throw new Error('no storage');
  };

  writer(pauseMs: number): ResultWriter {
    return new ResultWriter(this.write, { pauseMs, onFault: (fault) => this.faults.push(fault) });
  }

  /** Lets all writes end until `done` has. */
  async settle(done: Promise<void>): Promise<void> {
    const ticking = setInterval(() => {
      this.endWrite();
    }, 1);
    await done.finally(() => {
      clearInterval(ticking);
    });
  }

  endWrite(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}

const HOUR_MS = 3_600_000;

describe('ResultWriter', () => {
  it('writes one at a time, many changes together, and the last state always', async () => {
    const desk = new Desk();
    const writer = desk.writer(0);
    for (desk.state = 1; desk.state < 100; desk.state += 1) writer.changed();
    await desk.settle(writer.finish());
    expect(desk.written.at(-1)).toBe(100);
    expect(desk.written.length).toBeLessThanOrEqual(3);
    expect(desk.mostUnderWay).toBe(1);
  });

  it('does not wait for the pause at the end', async () => {
    const desk = new Desk();
    const writer = desk.writer(HOUR_MS);
    writer.changed();
    desk.state = 1;
    writer.changed();
    await desk.settle(writer.finish());
    expect(desk.written).toEqual([0, 1]);
  });

  it('writes even when nothing has changed', async () => {
    const desk = new Desk();
    await desk.settle(desk.writer(HOUR_MS).finish());
    expect(desk.written).toEqual([0]);
  });

  it('tells of a write that failed, and throws when the last one fails', async () => {
    const desk = new Desk();
    desk.failing = true;
    const writer = desk.writer(0);
    writer.changed();
    await expect(desk.settle(writer.finish())).rejects.toThrow('no storage');
    expect(desk.faults).toEqual([new Error('no storage')]);
  });
});
