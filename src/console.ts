import type { GeneralFlags } from './cli/cli.ts';
import type { Log } from './log.ts';
import type { Person, Reporter } from './ports.ts';
import { printable } from './terminal/layout.ts';
import type { Output } from './output.ts';
import { renderProgress } from './terminal/progress.ts';

/** The streams of a terminal or pipe. */
export interface Streams {
  /** Opening it costs milliseconds, and hardly any command reads it. */
  readonly stdin: () => NodeJS.ReadStream;
  readonly stderr: Output;
}

/** Redraws lines in place. */
export interface Redraw {
  (text: string): void;
  clear(): void;
}

/**
 * Lines for people on stderr, every one also in the log. Progress is redrawn on a terminal only: a pipe or CI log
 * would fill with it.
 */
export function consoleReporter(
  stderr: Pick<Output, 'write'>,
  flags: Pick<GeneralFlags, 'quiet' | 'verbose'>,
  log: Log,
  redraw: Redraw | null,
): Reporter {
  const say = (text: string): void => {
    redraw?.clear();
    stderr.write(`${printable(text)}\n`);
  };
  return {
    note: (message) => {
      log.write('info', 'Note', { message });
      if (!flags.quiet) say(message);
    },
    warn: (message) => {
      log.write('warn', 'Warning', { message });
      say(`warning: ${message}`);
    },
    event: (name, facts = {}) => {
      log.write('info', name, facts);
      if (flags.verbose) say(`${name} ${JSON.stringify(facts)}`);
    },
    progress: (state) => {
      if (redraw === null || flags.quiet) return;
      if (state === null) redraw.clear();
      else redraw(renderProgress(state).join('\n'));
    },
  };
}

/** The person at stdin; nobody where it is no terminal, so that no script ever hangs on a question. */
export function personAt({ stdin, stderr }: Streams): Person {
  return {
    confirm: async (question) => {
      const input = stdin();
      if (!input.isTTY) return null;
      const { createInterface } = await import('node:readline/promises');
      const lines = createInterface({ input, output: stderr.stream() });
      try {
        return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
      } finally {
        lines.close();
      }
    },
  };
}
