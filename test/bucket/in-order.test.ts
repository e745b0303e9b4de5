import { describe, expect, it } from 'vitest';
import { inOrder } from '../../src/bucket/in-order.ts';

/** Promises that the test ends itself. */
function steps(count: number): { readonly promise: Promise<void>; readonly end: () => void }[] {
  return Array.from({ length: count }, () => {
    let end = (): void => {};
    const promise = new Promise<void>((resolve) => (end = resolve));
    return { promise, end };
  });
}

async function collect<T>(outcomes: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const outcome of outcomes) all.push(outcome);
  return all;
}

describe('inOrder', () => {
  it('gives outcomes in the order of the items, whichever ends first', async () => {
    const gates = steps(3);
    const working = collect(
      inOrder([0, 1, 2], 3, async (at) => {
        await gates[at]?.promise;
        return at * 10;
      }),
    );
    for (const gate of gates.toReversed()) gate.end();
    expect(await working).toEqual([0, 10, 20]);
  });

  it('takes items no faster than their outcomes are taken', async () => {
    const taken: number[] = [];
    function* endless(): Generator<number> {
      for (let at = 0; ; at++) {
        taken.push(at);
        yield at;
      }
    }
    const outcomes = inOrder(endless(), 4, async (at) => at);
    await outcomes.next();
    await outcomes.next();
    expect(taken).toEqual([0, 1, 2, 3, 4]);
    await outcomes.return(undefined);
  });

  it('throws the first failure in order, and lets no other one end the process', async () => {
    const failing = collect(
      inOrder([0, 1, 2, 3], 4, async (at) => {
        if (at > 0) throw new Error(`no ${String(at)}`);
        return at;
      }),
    );
    await expect(failing).rejects.toThrow('no 1');
  });
});
