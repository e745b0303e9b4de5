import { demand } from './stub-state.ts';

/** One page and, when there is more, the token of the next. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken?: string;
}

/** At most `limit` items a page; `maxResults` may ask for fewer. */
export function page<T>(
  all: readonly T[],
  limit: number,
  request: { maxResults?: number | undefined; nextToken?: string | undefined },
): Page<T> {
  const { maxResults = limit, nextToken = 'page-0' } = request;
  demand(maxResults >= 1 && maxResults <= limit, `maxResults must be from 1 to ${String(limit)}`);
  const start = Number(/^page-(\d+)$/.exec(nextToken)?.[1] ?? NaN);
  demand(Number.isFinite(start), 'nextToken is not valid');
  const end = start + maxResults;
  const items = all.slice(start, end);
  return end < all.length ? { items, nextToken: `page-${String(end)}` } : { items };
}
