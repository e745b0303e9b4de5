import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { runCli } from './cli/cli.ts';
import { EXIT } from './errors.ts';
import { PLAIN } from './terminal/style.ts';

/** Set by the bundler from package.json. */
declare const COGCONV_VERSION: string;

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
// a reader that had enough (`| head`) is no failure, and hides none
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? (process.exitCode ?? EXIT.done) : EXIT.failed);
});
// and a run goes on when nobody reads its messages any more
process.stderr.on('error', () => undefined);
// the SDK's notice of the end of Node 20 would stand between a user and his output
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

const edge = {
  version: COGCONV_VERSION,
  workerFile: fileURLToPath(new URL('worker.mjs', import.meta.url)),
  packageDir: fileURLToPath(new URL('..', import.meta.url)),
  env: process.env,
  stdout: (text: string) => void process.stdout.write(text),
  stdin: () => process.stdin,
  stderr: process.stderr,
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
  stderr: (text) => void process.stderr.write(text),
  style: (color) => (color && process.stdout.isTTY && pc.isColorSupported ? pc : PLAIN),
  openServices: async (...given) => (await import('./services.ts')).openServices(edge, ...given),
}).then((exitCode) => {
  process.exitCode = exitCode;
  if (stop.signal.aborted) exitOnceWritten();
});

/** A request that nobody waits for any more would keep the process alive. */
function exitOnceWritten(): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}
