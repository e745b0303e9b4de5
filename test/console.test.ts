import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { consoleReporter, personAt } from '../src/console.ts';
import type { RunProgress } from '../src/ports.ts';
import type { Output } from '../src/output.ts';

const RUN: RunProgress = {
  files: 2,
  filesDone: 1,
  filesFailed: 0,
  bytes: 2,
  bytesDone: 1,
  etaSeconds: null,
  states: [],
};

/** A stream that says whether it is a terminal; the rest of a terminal is not used here. */
function stream(isTTY: boolean): PassThrough & NodeJS.ReadStream & NodeJS.WriteStream {
  return Object.assign(new PassThrough(), { isTTY }) as never;
}

function outputOn(stream: NodeJS.WriteStream): Output {
  return { write: (text) => void stream.write(text), isTerminal: () => stream.isTTY, stream: () => stream };
}

/** A reporter, what it wrote, logged and drew. */
function reporterWith(flags: { quiet: boolean; verbose: boolean }, isTerminal = false) {
  const stderr = stream(isTerminal);
  const logged: string[] = [];
  const drawn: string[] = [];
  const redraw = Object.assign((text: string) => drawn.push(text), { clear: () => drawn.push('clear') });
  const log = {
    write: (level: string, event: string, facts: object = {}) =>
      void logged.push(`${level} ${event} ${JSON.stringify(facts)}`),
  };
  const reporter = consoleReporter(stderr, flags, log, isTerminal ? redraw : null);
  const written = (): string => (stderr.read() as Buffer | null)?.toString() ?? '';
  return { reporter, written, logged, drawn };
}

function sayAll({ reporter }: ReturnType<typeof reporterWith>): void {
  reporter.note('listing');
  reporter.warn('odd\u001b[2J key');
  reporter.event('Run:Published', { jobs: 2 });
}

describe('consoleReporter', () => {
  it.each([
    [{ quiet: false, verbose: false }, 'listing\nwarning: odd\\u001b[2J key\n'],
    [{ quiet: true, verbose: false }, 'warning: odd\\u001b[2J key\n'],
    [{ quiet: false, verbose: true }, 'listing\nwarning: odd\\u001b[2J key\nRun:Published {"jobs":2}\n'],
  ])('with %j writes %j, and logs all', (flags, text) => {
    const told = reporterWith(flags);
    sayAll(told);
    told.reporter.event('Run:Ended');
    expect(told.written().replace('Run:Ended {}\n', '')).toBe(text);
    expect(told.logged).toEqual([
      'info Note {"message":"listing"}',
      'warn Warning {"message":"odd\\u001b[2J key"}',
      'info Run:Published {"jobs":2}',
      'info Run:Ended {}',
    ]);
  });

  it('draws progress on a terminal and takes it away before it writes a line', () => {
    const told = reporterWith({ quiet: false, verbose: false }, true);
    told.reporter.progress({ kind: 'run', run: RUN });
    told.reporter.note('done');
    told.reporter.progress(null);
    expect(told.drawn).toEqual(['[############............] 1 of 2 files, 1 B of 2 B', 'clear', 'clear']);
    expect(told.written()).toBe('done\n');
  });

  it('draws nothing into a pipe, nor when it is to be quiet', () => {
    const piped = reporterWith({ quiet: false, verbose: false });
    piped.reporter.progress({ kind: 'run', run: RUN });
    expect(piped.written()).toBe('');
    const quiet = reporterWith({ quiet: true, verbose: false }, true);
    quiet.reporter.progress({ kind: 'run', run: RUN });
    expect(quiet.drawn).toEqual([]);
  });
});

describe('personAt', () => {
  it.each([
    ['y', true],
    ['YES ', true],
    ['', false],
    ['n', false],
    ['yesterday', false],
  ])('takes the answer %j for %s', async (answer, expected) => {
    const [stdin, stderr] = [stream(true), stream(true)];
    const confirmed = personAt({ stdin: () => stdin, stderr: outputOn(stderr) }).confirm('delete it?');
    stdin.write(`${answer}\n`);
    expect(await confirmed).toBe(expected);
    expect(String(stderr.read())).toContain('delete it? [y/N] ');
  });

  it('asks nobody where stdin is no terminal', async () => {
    const stderr = stream(false);
    expect(
      await personAt({ stdin: () => stream(false), stderr: outputOn(stderr) }).confirm('delete it?'),
    ).toBeNull();
    expect(stderr.read()).toBeNull();
  });
});
