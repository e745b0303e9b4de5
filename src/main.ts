import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runCli } from './cli/cli.ts';
import { EXIT } from './errors.ts';
import { lazyOutput } from './output.ts';
import { PLAIN, type Style } from './terminal/style.ts';

/** Set by the bundler from package.json. */
declare const COGCONV_VERSION: string;

/** Where help goes into a pipe or a file. */
const HELP_COLUMNS = 80;

const stop = new AbortController();
const kill = new AbortController();
// every request under way listens to them; Node takes more than ten for a leak
setMaxListeners(0, stop.signal, kill.signal);

function onInterrupt(): void {
  if (kill.signal.aborted) process.exit(EXIT.interrupted);
  if (stop.signal.aborted) kill.abort();
  else stop.abort();
}

process.on('SIGINT', onInterrupt);
process.on('SIGTERM', onInterrupt);
const takesBytes = process.platform !== 'win32';
const stdout = lazyOutput(1, { takesBytes, open: () => process.stdout, onFault: endUnread });
const stderr = lazyOutput(2, {
  takesBytes,
  open: () => process.stderr,
  // a run goes on when nobody reads its messages any more
  onFault: () => undefined,
});

function endUnread({ code, message }: NodeJS.ErrnoException): void {
  // a reader that had enough (`| head`) is no failure, and hides none
  if (code === 'EPIPE') process.exit(process.exitCode ?? EXIT.done);
  stderr.write(`error: cannot write to stdout: ${message}\n`);
  process.exit(EXIT.failed);
}

// the SDK's notice of the end of Node 20 would stand between a user and his output
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const edge = {
  version: COGCONV_VERSION,
  workerFile: fileURLToPath(new URL('worker.mjs', import.meta.url)),
  packageDir: fileURLToPath(new URL('..', import.meta.url)),
  env: process.env,
  stdout: stdout.write,
  stdin: () => process.stdin,
  stderr,
  stop: stop.signal,
  kill: kill.signal,
};

void runCli({
  argv: process.argv.slice(2),
  env: { ...process.env },
  version: edge.version,
  readFile: (path) => readFileSync(path, 'utf8'),
  extendEnv: (variables) => {
    for (const [name, value] of Object.entries(variables)) process.env[name] ??= value;
  },
  willExit: (code) => {
    process.exitCode = code;
  },
  stdout: edge.stdout,
  stderr: stderr.write,
  helpWidth: () => (stdout.isTerminal() ? stdout.stream().columns : HELP_COLUMNS),
  style,
  openServices: async (...given) => (await import('./services.ts')).openServices(edge, ...given),
}).then((exitCode) => {
  process.exitCode = exitCode;
  if (stop.signal.aborted) exitOnceWritten();
});

async function style(color: boolean): Promise<Style> {
  if (!color || !stdout.isTerminal()) return PLAIN;
  const { default: colors } = await import('picocolors');
  return colors.isColorSupported ? colors : PLAIN;
}

/** A request that nobody waits for any more would keep the process alive. */
function exitOnceWritten(): void {
  stdout.stream().write('', () => stderr.stream().write('', () => process.exit()));
}
