// Runs the built cogconv as a user would, printing each command before it.
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { cogsOf } from './files.mjs';

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export function say(text) {
  process.stdout.write(`${text}\n`);
}

export function sayCommand(text) {
  say(`\n$ ${text}`);
}

const environment = (env) => ({ ...process.env, ...env });

/** Shows command and output; returns the exit code. */
export function cogconv(args, env) {
  sayCommand(`cogconv ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [program, ...args], {
    env: environment(env),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status;
}

/** The command's JSON document, without a word about it. */
export function cogconvJson(args, env) {
  const { stdout, stderr } = spawnSync(process.execPath, [program, ...args, '--json'], {
    env: environment(env),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`cogconv ${args.join(' ')} --json printed no JSON document: ${stdout}${stderr}`);
  }
}

/** Starts `convert`, and interrupts it as Ctrl-C would once the first COGs are there and others are under way. */
export async function interruptedConvert(env) {
  sayCommand('cogconv convert     # interrupted on purpose, as by Ctrl-C');
  const child = spawn(process.execPath, [program, 'convert'], {
    env: environment(env),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = new Promise((resolve, reject) => {
    child.once('exit', (code, signal) => {
      resolve(code ?? signal);
    });
    child.once('error', reject);
  });
  while (child.exitCode === null && cogsOf(env.S3_BUCKET).length < 3) await sleep(10);
  child.kill('SIGINT');
  return ended;
}
