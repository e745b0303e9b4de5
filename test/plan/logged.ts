import { KeyLog } from '../../src/plan/key-log.ts';
import { LoggedKeys } from '../../src/plan/logged-keys.ts';
import { PageCursor, type ListedObject } from '../../src/plan/page-cursor.ts';
import type { SizedKey } from '../../src/plan/sized-keys.ts';

/** Appends objects as those of one page. */
export function appendTo(log: KeyLog, objects: readonly ListedObject[]): void {
  for (const object = new PageCursor(objects); object.next();) log.append(object);
}

/** Rows as planning holds them. */
export function loggedKeys(rows: readonly SizedKey[]): LoggedKeys {
  const log = new KeyLog();
  appendTo(
    log,
    rows.map((row) => ({ ...row, etag: '', modifiedMs: 0 })),
  );
  return new LoggedKeys(log);
}
