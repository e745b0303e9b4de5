/**
 * Works on up to `concurrency` items at once and gives the outcomes in the items' order. Items are taken only as the
 * outcomes are, so an endless source and a slow consumer are fine. The first failure is thrown where it stands in order.
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  concurrency: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const under: Promise<R>[] = [];
  for (const item of items) {
    const started = work(item);
    // A failure behind the first one is never awaited; without a handler it would end the process.
    started.catch(() => undefined);
    under.push(started);
    if (under.length >= concurrency) yield await next(under);
  }
  while (under.length > 0) yield await next(under);
}

async function next<R>(under: Promise<R>[]): Promise<R> {
  const first = under.shift();
  if (first === undefined) throw new RangeError('nothing is under way');
  return await first;
}
