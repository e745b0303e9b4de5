import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/command-table.ts';
import type { Call } from '../../src/cli/command-spec.ts';
import {
  bashScript,
  fishScript,
  zshScript,
  type CompletedCommand,
} from '../../src/cli/completion-scripts.ts';
import { ConfigError } from '../../src/errors.ts';
import type { Services } from '../../src/services.ts';
import { PLAIN } from '../../src/terminal/style.ts';

const COMPLETED: readonly CompletedCommand[] = [
  {
    name: 'convert',
    help: "convert: all that's pending",
    flags: [
      { name: '--compression', help: 'LZW [or] ZSTD', value: ['LZW', 'ZSTD'] },
      { name: '--env-file', help: 'settings', value: 'file' },
      { name: '--limit', help: 'only n files', value: 'any' },
      { name: '--json', help: 'JSON', value: 'none' },
    ],
    words: 'any',
  },
  { name: 'validate', help: 'check', flags: [], words: 'file' },
  { name: 'completion', help: 'print', flags: [], words: ['bash', 'zsh'] },
];

/** What `cogconv completion SHELL` prints. */
async function scriptFor(shell: string): Promise<string> {
  const spec = COMMANDS.find(({ name }) => name === 'completion');
  const call: Call = { args: [shell], options: {} };
  // the command asks for no service
  const done = await spec?.run({} as Services, call);
  return done?.lines(PLAIN).join('\n') ?? '';
}

/** What bash offers behind these words, the last of them being typed. */
function offered(script: string, words: readonly string[]): string[] {
  const type = 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _cogconv; printf "%s\\n" "${COMPREPLY[@]}"';
  const run = spawnSync('bash', ['-c', `${script}\n${type}`, 'bash', ...words], { encoding: 'utf8' });
  return run.stdout.split('\n').filter((line) => line !== '');
}

describe('bashScript', () => {
  it.each([
    [
      ['cogconv', 'co'],
      ['convert', 'config', 'completion'],
    ],
    [
      ['cogconv', 'convert', '--compression', ''],
      ['LZW', 'DEFLATE', 'ZSTD'],
    ],
    [['cogconv', 'convert', '--compression', 'Z'], ['ZSTD']],
    [['cogconv', 'status', '--che'], ['--check']],
    [['cogconv', 'list', '--che'], []],
    [['cogconv', 'completion', 'f'], ['fish']],
    [['cogconv', 'convert', '--env-file', 'x'], []],
    [['cogconv', 'convert', '--limit', ''], []],
  ])('offers behind %j %j', async (words, expected) => {
    expect(offered(await scriptFor('bash'), words)).toEqual(expected);
  });

  it('knows every command and its flags', async () => {
    const script = await scriptFor('bash');
    const names = COMMANDS.map(({ name }) => name);
    expect(offered(script, ['cogconv', ''])).toEqual(names);
    for (const name of names) expect(offered(script, ['cogconv', name, '--js'])).toEqual(['--json']);
  });

  it('leaves file names to bash', () => {
    expect(offered(bashScript(COMPLETED).join('\n'), ['cogconv', 'validate', 'a'])).toEqual([]);
  });
});

describe('zshScript', () => {
  it('describes commands and flags, quoted', () => {
    expect(zshScript(COMPLETED).join('\n')).toBe(
      `#compdef cogconv
_cogconv() {
  local -a commands=(
    'convert:convert\\: all that'\\''s pending'
    'validate:check'
    'completion:print'
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command=$words[2]
  shift words; (( CURRENT-- ))
  case $command in
    convert) _arguments \\
      '--compression[LZW \\[or\\] ZSTD]:compression:(LZW ZSTD)' \\
      '--env-file[settings]:env-file:_files' \\
      '--limit[only n files]:limit: ' \\
      '--json[JSON]' \\
      '*:argument: '
      ;;
    validate) _arguments \\
      '*:argument:_files'
      ;;
    completion) _arguments \\
      '*:argument:(bash zsh)'
      ;;
  esac
}
compdef _cogconv cogconv`,
    );
  });
});

describe('fishScript', () => {
  it('describes commands and flags, quoted', () => {
    expect(fishScript(COMPLETED).join('\n')).toBe(
      `# cogconv: cogconv completion fish | source
complete -c cogconv -f
complete -c cogconv -n __fish_use_subcommand -a convert -d 'convert: all that\\'s pending'
complete -c cogconv -n __fish_use_subcommand -a validate -d 'check'
complete -c cogconv -n __fish_use_subcommand -a completion -d 'print'
complete -c cogconv -n '__fish_seen_subcommand_from convert' -l compression -x -a 'LZW ZSTD' -d 'LZW [or] ZSTD'
complete -c cogconv -n '__fish_seen_subcommand_from convert' -l env-file -r -F -d 'settings'
complete -c cogconv -n '__fish_seen_subcommand_from convert' -l limit -x -d 'only n files'
complete -c cogconv -n '__fish_seen_subcommand_from convert' -l json -d 'JSON'
complete -c cogconv -n '__fish_seen_subcommand_from validate' -F
complete -c cogconv -n '__fish_seen_subcommand_from completion' -a 'bash zsh'`,
    );
  });
});

describe('completionCommand', () => {
  it.each(['zsh', 'fish'])('writes one for %s', async (shell) => {
    const script = await scriptFor(shell);
    for (const { name } of COMMANDS) expect(script).toContain(name);
  });

  it('names the shells that it knows', async () => {
    const refused = new ConfigError(['no completion for "csh": must be one of bash, zsh, fish']);
    await expect(async () => scriptFor('csh')).rejects.toThrow(refused);
  });
});
