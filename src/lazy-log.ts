import type { Log } from './log.ts';

const NOWHERE: Log = { write: () => undefined };

type Line = Parameters<Log['write']>;

/** A log that is opened by its first line. */
export interface LazyLog extends Log {
  /** All lines are written. */
  settled(): Promise<void>;
}

/**
 * Opens the log for its first line, so that a command with nothing to log neither loads what writes logs nor leaves a folder
 * behind; lines wait until it is open. `onFault` hears why it cannot be.
 */
export function lazyLog(open: () => Promise<Log>, onFault: (error: unknown) => void): LazyLog {
  let log: Log | null = null;
  let opening: Promise<void> | null = null;
  const waiting: Line[] = [];
  const opened = async (): Promise<void> => {
    log = await open().catch((error: unknown) => {
      onFault(error);
      return NOWHERE;
    });
    for (const line of waiting) log.write(...line);
  };
  return {
    write: (...line) => {
      if (log !== null) log.write(...line);
      else {
        waiting.push(line);
        opening ??= opened();
      }
    },
    settled: () => opening ?? Promise.resolve(),
  };
}
