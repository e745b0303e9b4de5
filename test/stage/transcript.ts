import { spawn } from 'node:child_process';
import { normaliser, type Normaliser } from './normaliser.ts';
import type { Stage } from './stage.ts';

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

function runLine(line: string, { folder, env }: Stage): Promise<Ended> {
  const child = spawn('bash', ['-o', 'pipefail', '-c', line], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text));
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ ...texts, exitCode });
    });
  });
}

/** A JSON document on stdout is shown as people read it. */
function readable(stdout: string): string {
  if (!/^\{.*\}\n$/.test(stdout)) return stdout;
  return `${JSON.stringify(JSON.parse(stdout), null, 2)}\n`;
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** `export NAME=value ...` and `unset NAME ...` hold for all commands after them, as in a shell; null: the line is neither. */
function variablesOf(line: string): Record<string, string | undefined> | null {
  const [verb = '', ...words] = line.split(' ');
  if (verb !== 'export' && verb !== 'unset') return null;
  const pairs = words.map((word): [string, string | undefined] => {
    const [name = '', ...value] = word.split('=');
    return [name, verb === 'unset' ? undefined : value.join('=')];
  });
  return Object.fromEntries(pairs);
}

/** The lines under a command: stdout as it is, stderr behind `! `, and the exit code unless it is 0. */
async function play(line: string, stage: Stage, script: Normaliser): Promise<string[]> {
  const variables = variablesOf(line);
  if (variables !== null) {
    Object.assign(stage.env, variables);
    return [];
  }
  const { stdout, stderr, exitCode } = await runLine(script.actual(line), stage);
  return [
    ...linesOf(script.normalised(readable(stdout))),
    ...linesOf(script.normalised(stderr)).map((text) => `! ${text}`.trimEnd()),
    ...(exitCode === 0 ? [] : [`[exit ${String(exitCode)}]`]),
  ];
}

/**
 * Runs every `$ ` line of the `console` blocks in a markdown text, in order, and what `onLine` makes of the lines outside;
 * returns the text with what the commands print now.
 */
export async function replay(
  markdown: string,
  stage: Stage,
  onLine: (line: string) => void | Promise<void>,
): Promise<string> {
  const script = normaliser(stage);
  const lines: string[] = [];
  let inside = false;
  for (const line of markdown.split('\n')) {
    if (line === '```' && inside) inside = false;
    if (!inside || line.startsWith('$ ')) lines.push(line);
    if (line === '```console') inside = true;
    else if (!inside) await onLine(line);
    if (inside && line.startsWith('$ ')) lines.push(...(await play(line.slice(2), stage, script)));
  }
  return lines.join('\n');
}
