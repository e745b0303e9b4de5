import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Where the commands of one transcript run: an empty folder, with `cogconv` on the PATH and nothing of the caller's environment. */
export interface Stage {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly remove: () => void;
}

/** Makes the stage; `$RASTERS` is the folder of real rasters. */
export function openStage(): Stage {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'cogconv-transcript-')));
  const folder = join(top, 'work');
  const bin = join(top, 'bin');
  for (const path of [folder, bin, join(top, 'home')]) mkdirSync(path);
  symlinkSync(join(root, 'dist/main.js'), join(bin, 'cogconv'));
  const env = {
    PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: join(top, 'home'),
    TMPDIR: top,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    RASTERS: join(root, 'test/fixtures/rasters'),
  };
  const remove = (): void => {
    rmSync(top, { recursive: true, force: true });
  };
  return { folder, env, remove };
}

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

/** What no two runs have in common, by something that stays: each pattern keeps the width of columns. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/(?<=cog-converter-)\d{14}/g, '20240115120000'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2024-01-15T12:00:00.000Z'],
  [/(?<= in )(?:\d+ h )?(?:\d+ min )?\d+ s(?=:)/g, '1 s'],
  [/(?<=became )[\d.]+ [KMG]?B/g, '<size>'],
  [/TIFFFetchDirectory:[^"\n]*/g, '<words of GDAL>'],
  [/(?<="(?:seconds|cogBytes)": )[\d.]+/g, '1'],
];

function normalised(text: string, { folder }: Stage): string {
  const placed = text.replaceAll(folder, '<folder>').replaceAll(root, '<cogconv>/');
  return VARYING.reduce((changed, [pattern, by]) => changed.replace(pattern, by), placed);
}

/** A JSON document on stdout is shown as people read it. */
function readable(stdout: string): string {
  if (!/^\{.*\}\n$/.test(stdout)) return stdout;
  return `${JSON.stringify(JSON.parse(stdout), null, 2)}\n`;
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** The lines under a command: stdout as it is, stderr behind `! `, and the exit code unless it is 0. */
async function play(line: string, stage: Stage): Promise<string[]> {
  const { stdout, stderr, exitCode } = await runLine(line, stage);
  return [
    ...linesOf(normalised(readable(stdout), stage)),
    ...linesOf(normalised(stderr, stage)).map((text) => `! ${text}`.trimEnd()),
    ...(exitCode === 0 ? [] : [`[exit ${String(exitCode)}]`]),
  ];
}

/** Runs every `$ ` line of the `console` blocks in a markdown text, in order; returns the text with what they print now. */
export async function replay(markdown: string, stage: Stage): Promise<string> {
  const lines: string[] = [];
  let inside = false;
  for (const line of markdown.split('\n')) {
    if (line === '```' && inside) inside = false;
    if (!inside || line.startsWith('$ ')) lines.push(line);
    if (line === '```console') inside = true;
    if (inside && line.startsWith('$ ')) lines.push(...(await play(line.slice(2), stage)));
  }
  return lines.join('\n');
}
