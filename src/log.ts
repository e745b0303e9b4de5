import { join } from 'node:path';
import { pino, type Logger } from 'pino';
import { makeFolder } from './storage/make-folder.ts';

/** The log: JSON lines in `<OUTPUT_DIR>/cog_conversion.log`, message = event name `Noun:Verb`, facts beside it. */
export interface Log {
  write(level: 'info' | 'warn' | 'error', event: string, facts?: Readonly<Record<string, unknown>>): void;
}

/** Opens the log for appending, making the folder. @throws the file system's error */
export async function openLog(outputDir: string, version: string): Promise<Log> {
  await makeFolder(outputDir);
  const logger: Logger = pino(
    { base: { version }, timestamp: pino.stdTimeFunctions.isoTime },
    // synchronous, so that the last lines before a crash are there
    pino.destination({ dest: join(outputDir, 'cog_conversion.log'), sync: true }),
  );
  return {
    write: (level, event, facts = {}) => {
      logger[level](facts, event);
    },
  };
}
