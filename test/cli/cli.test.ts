import { beforeEach, describe, expect, it } from 'vitest';
import { runCli, type CliIo, type GeneralFlags } from '../../src/cli/cli.ts';
import { COMMANDS } from '../../src/cli/command-table.ts';
import { requireConfig, type GivenConfig } from '../../src/config.ts';
import { AwsError, type ExitCode } from '../../src/errors.ts';
import type { Services } from '../../src/services.ts';
import { SETTING_NAMES, SETTINGS } from '../../src/settings.ts';
import { MARKED } from '../terminal/marked-style.ts';
import { PLAIN } from '../../src/terminal/style.ts';

interface Seen {
  stdout: string;
  stderr: string;
  given: GivenConfig | null;
  flags: GeneralFlags | null;
  readonly warnings: string[];
  readonly failures: unknown[];
  closed: number;
}

let seen: Seen;

beforeEach(() => {
  seen = { stdout: '', stderr: '', given: null, flags: null, warnings: [], failures: [], closed: 0 };
});

/** What the commands of these tests use; a store only to fail with. */
function servicesFor(given: GivenConfig, fault: Error): Services {
  const used: Partial<Services> = {
    given,
    config: () => requireConfig(given),
    store: () => Promise.reject(fault),
    reporter: {
      note: () => {},
      warn: (message) => seen.warnings.push(message),
      event: () => {},
      progress: () => {},
    },
    failed: (error) => seen.failures.push(error),
    close: () => {
      seen.closed += 1;
      return Promise.resolve();
    },
  };
  // the other services are never asked for here
  return used as Services;
}

function run(argv: readonly string[], change: Partial<CliIo> & { fault?: Error } = {}): Promise<ExitCode> {
  return runCli({
    argv,
    env: {},
    version: '1.2.3',
    readFile: () => '',
    extendEnv: () => undefined,
    willExit: () => undefined,
    stdout: (text) => (seen.stdout += text),
    stderr: (text) => (seen.stderr += text),
    style: (color) => Promise.resolve(color ? MARKED : PLAIN),
    helpWidth: () => 80,
    openServices: (given, flags) => {
      seen.given = given;
      seen.flags = flags;
      return Promise.resolve(servicesFor(given, change.fault ?? new AwsError('no store here')));
    },
    ...change,
  });
}

function settingOf(env: string): { text: string | null; origin: string } | undefined {
  return seen.given?.settings.find((one) => one.env === env);
}

describe('runCli', () => {
  it.each(SETTING_NAMES)('takes %s as a flag', async (name) => {
    const { flag, env } = SETTINGS[name];
    const isBoolean = 'isBoolean' in SETTINGS[name];
    await run(['config', `--${flag}`, ...(isBoolean ? [] : ['-odd value'])]);
    expect(settingOf(env)).toMatchObject({ text: isBoolean ? 'true' : '-odd value', origin: 'flag' });
    if (!isBoolean) return;
    await run(['config', `--no-${flag}`]);
    expect(settingOf(env)).toMatchObject({ text: 'false', origin: 'flag' });
  });

  it('takes no flag for given that was not typed', async () => {
    await run(['config']);
    expect(seen.given?.settings.filter(({ origin }) => origin === 'flag')).toEqual([]);
  });

  it('reads the environment and the env file', async () => {
    const readFile = (path: string): string =>
      path === 'a b.env' ? '# mine\nJOB_VCPUS="4"\nCOMPRESION=x\n' : '';
    const extended: object[] = [];
    const extendEnv = (variables: object): unknown => extended.push(variables);
    await run(['config', '--env-file', 'a b.env'], { env: { S3_BUCKET: 'abc' }, readFile, extendEnv });
    expect(extended).toEqual([{ JOB_VCPUS: '4', COMPRESION: 'x' }]);
    expect(settingOf('S3_BUCKET')).toMatchObject({ text: 'abc', origin: 'environment' });
    expect(settingOf('JOB_VCPUS')).toMatchObject({ text: '4', origin: 'env-file' });
    expect(seen.warnings).toEqual([
      '--env-file sets COMPRESION, which is no setting: did you mean COMPRESSION?',
    ]);
  });

  it('refuses an env file of which a line would be lost', async () => {
    const readFile = (): string => 'DRY RUN\nDRY_RUN=true\n';
    expect(await run(['config', '--env-file', 'x'], { readFile })).toBe(2);
    expect(seen.stderr).toBe('error: --env-file x: "DRY RUN" is no NAME=value\n');
  });

  it('has a document on stdout also for a usage error', async () => {
    expect(await run(['config', '--nope', '--json'])).toBe(2);
    expect(JSON.parse(seen.stdout)).toMatchObject({ error: { exitCode: 2, messages: [/--nope/] } });
  });

  it('says which env file cannot be read', async () => {
    const readFile = (): string => {
      throw new Error('EACCES');
    };
    expect(await run(['config', '--env-file', 'x'], { readFile })).toBe(2);
    expect(seen.stderr).toBe('error: --env-file is "x": EACCES\n');
  });

  it.each([
    [[], { json: false, quiet: false, verbose: false, color: true }],
    [['--json', '--quiet'], { json: true, quiet: true, verbose: false, color: true }],
    [['--verbose', '--no-color'], { json: false, quiet: false, verbose: true, color: false }],
  ])('takes %j', async (words, flags) => {
    await run(['config', ...words]);
    expect(seen.flags).toEqual(flags);
  });

  it('prints text in colour, or one JSON document; the outcome is the exit code', async () => {
    expect(await run(['validate', 'nowhere.tif'])).toBe(3);
    expect(seen.stdout).toMatch(/^<red>not a COG<\/red> {2}nowhere\.tif\n {2}it cannot be read: [^\n]+\n$/);
    seen.stdout = '';
    expect(await run(['validate', 'nowhere.tif', '--no-color'])).toBe(3);
    expect(seen.stdout).toMatch(/^not a COG {2}nowhere\.tif\n/);
    seen.stdout = '';
    expect(await run(['validate', 'a.tif', 'b.tif', '--json'])).toBe(3);
    expect(JSON.parse(seen.stdout)).toMatchObject({
      schemaVersion: 1,
      command: 'validate',
      data: { files: [{ file: 'a.tif' }, { file: 'b.tif' }] },
    });
    expect(seen.stdout).toMatch(/^[^\n]+\n$/);
    expect(seen.closed).toBe(3);
  });

  it('prints an error harmless, logs it, closes, and means it by the exit code', async () => {
    const fault = new AwsError('no \u001b[2J object', { cause: new Error('403'), hint: 'allow\nit' });
    expect(await run(['list', '--bucket', 'abc'], { fault })).toBe(1);
    expect(seen.stderr).toBe('error: no \\u001b[2J object\ncause: 403\nhint: allow\\u000ait\n');
    expect(seen.stdout).toBe('');
    expect(seen.failures).toEqual([fault]);
    expect(seen.closed).toBe(1);
  });

  it('has a JSON document for an error too', async () => {
    expect(await run(['list', '--json'])).toBe(2);
    const messages = ['S3_BUCKET is not set: set it (or --bucket) to a bucket or a directory'];
    expect(JSON.parse(seen.stdout)).toEqual({
      schemaVersion: 1,
      command: 'list',
      error: { exitCode: 2, messages },
    });
    expect(seen.stderr).toBe(`error: ${messages.join('')}\n`);
  });

  it('tells of what fails before a command begins', async () => {
    const openServices = (): Promise<Services> => Promise.reject(new TypeError('x is not a function'));
    expect(await run(['list'], { openServices })).toBe(70);
    expect(seen.stderr).toMatch(/^error: this is a bug in cogconv: x is not a function\n/);
  });

  it.each([
    [['--version'], 0],
    [['--help'], 0],
    [['help', 'convert'], 0],
    [['convert', '--help'], 0],
    [[], 2],
    [['statu'], 2],
    [['status', '--nope'], 2],
    [['status', '--compression'], 2],
    [['validate'], 2],
  ])('ends %j with %i', async (argv, exitCode) => {
    expect(await run(argv)).toBe(exitCode);
    expect(exitCode === 0 ? seen.stderr : seen.stdout).toBe('');
    expect(seen.given).toBeNull();
  });

  it('prints the version alone', async () => {
    await run(['-V']);
    expect(seen.stdout).toBe('1.2.3\n');
  });
});

describe('help', () => {
  it.each(COMMANDS.map((spec) => [spec.name, spec] as const))(
    '%s shows its own settings alone',
    async (_, spec) => {
      await run([spec.name, '--help']);
      const shown = SETTING_NAMES.filter((name) => seen.stdout.includes(`[${SETTINGS[name].env}`));
      const used = (name: (typeof SETTING_NAMES)[number]): boolean =>
        spec.groups.includes(SETTINGS[name].group) || spec.alsoUses?.includes(name) === true;
      expect(shown).toEqual(SETTING_NAMES.filter(used));
      for (const flag of ['--json', '--quiet', '--env-file <file>']) expect(seen.stdout).toContain(flag);
    },
  );

  it.each(COMMANDS.map(({ name, summary }) => [name, summary]))('%s: %s', (_, summary) => {
    expect(summary).toMatch(/^[a-z].*[^.]$/);
  });

  it.each([
    ['status', ['FILES_PER_JOB']],
    ['verify', ['VERIFY', 'FILE_TIMEOUT', 'JOB_VCPUS', 'JOB_MEMORY', 'SCRATCH_DIR']],
  ])('%s names also what it uses of other groups', async (command, variables) => {
    await run([command, '--help']);
    for (const variable of variables) expect(seen.stdout).toContain(`[${variable}`);
  });

  it('names settings by what they hold', async () => {
    await run(['convert', '--help']);
    expect(seen.stdout).toContain('--files-per-job <n> ');
    expect(seen.stdout).toContain('--source-prefix <prefix>');
    expect(seen.stdout).toContain('--bucket <bucket>');
  });
});
