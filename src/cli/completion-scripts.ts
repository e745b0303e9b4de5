/** What may stand at a place: one of some words, a file or folder, anything, nothing. */
type Completed = readonly string[] | 'file' | 'any' | 'none';

/** A flag and its value: `{name: '--compression', help: '...', value: ['LZW', 'DEFLATE', 'ZSTD']}`. */
export interface CompletedFlag {
  readonly name: string;
  readonly help: string;
  readonly value: Completed;
}

/** A command, its flags, and what stands behind it. */
export interface CompletedCommand {
  readonly name: string;
  readonly help: string;
  readonly flags: readonly CompletedFlag[];
  readonly words: Completed;
}

type Script = (commands: readonly CompletedCommand[]) => readonly string[];

/** For `eval "$(cogconv completion bash)"`. bash completes file names where the function offers nothing (`-o default`). */
export const bashScript: Script = (commands) => [
  '# cogconv: eval "$(cogconv completion bash)"',
  '_cogconv() {',
  '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" words=""',
  '  case "$previous" in',
  ...[...valuesByFlag(commands)].map(([flag, value]) => `    ${flag}) ${bashOffer(value)}; return;;`),
  '  esac',
  '  case "$COMP_CWORD:${COMP_WORDS[1]}" in',
  `    1:*) words="${commands.map(({ name }) => name).join(' ')}";;`,
  ...commands.map((command) => `    *:${command.name}) words="${bashWords(command)}";;`),
  '  esac',
  '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
  '}',
  'complete -o default -F _cogconv cogconv',
];

function bashOffer(value: Completed): string {
  if (value === 'file') return 'COMPREPLY=()';
  if (typeof value === 'string') return 'compopt +o default';
  return `COMPREPLY=($(compgen -W "${value.join(' ')}" -- "$current"))`;
}

function bashWords({ flags, words }: CompletedCommand): string {
  const names = flags.map(({ name }) => name);
  return [...(typeof words === 'string' ? [] : words), ...names].join(' ');
}

/** A flag means the same in every command; the first that says what it takes will do. */
function valuesByFlag(commands: readonly CompletedCommand[]): ReadonlyMap<string, Completed> {
  const taking = commands.flatMap(({ flags }) => flags).filter(({ value }) => value !== 'none');
  return new Map(taking.map(({ name, value }) => [name, value]));
}

/** For `eval "$(cogconv completion zsh)"` behind `compinit`, or as a file `_cogconv` on the fpath. */
export const zshScript: Script = (commands) => [
  '#compdef cogconv',
  '_cogconv() {',
  '  local -a commands=(',
  ...commands.map(({ name, help }) => `    ${quoted(`${name}:${help.replaceAll(':', '\\:')}`)}`),
  '  )',
  '  if (( CURRENT == 2 )); then _describe command commands; return; fi',
  '  local command=$words[2]',
  '  shift words; (( CURRENT-- ))',
  '  case $command in',
  ...commands.flatMap(zshCommand),
  '  esac',
  '}',
  'compdef _cogconv cogconv',
];

function zshCommand({ name, flags, words }: CompletedCommand): string[] {
  const specs = flags.map((flag) => {
    const help = flag.help.replace(/[\\[\]:]/g, '\\$&');
    return `${flag.name}[${help}]${zshAction(flag.name.slice(2), flag.value)}`;
  });
  const all = [...specs, `*${zshAction('argument', words)}`].map((spec) => `      ${quoted(spec)}`);
  return [
    `    ${name}) _arguments \\`,
    ...all.map((line, at) => (at < all.length - 1 ? `${line} \\` : line)),
    '      ;;',
  ];
}

function zshAction(message: string, value: Completed): string {
  if (value === 'none') return '';
  if (value === 'file') return `:${message}:_files`;
  return `:${message}:${typeof value === 'string' ? ' ' : `(${value.join(' ')})`}`;
}

/** For `cogconv completion fish | source`, or a file in fish's completions folder. */
export const fishScript: Script = (commands) => [
  '# cogconv: cogconv completion fish | source',
  'complete -c cogconv -f',
  ...commands.map(
    ({ name, help }) => `complete -c cogconv -n __fish_use_subcommand -a ${name} -d ${fishQuoted(help)}`,
  ),
  ...commands.flatMap(fishCommand),
];

function fishCommand({ name, flags, words }: CompletedCommand): string[] {
  const start = `complete -c cogconv -n ${fishQuoted(`__fish_seen_subcommand_from ${name}`)}`;
  const argument =
    words === 'file' ? ' -F' : typeof words === 'string' ? null : ` -a ${fishQuoted(words.join(' '))}`;
  return [
    ...(argument === null ? [] : [`${start}${argument}`]),
    ...flags.map(
      ({ name: flag, help, value }) =>
        `${start} -l ${flag.slice(2)}${fishValue(value)} -d ${fishQuoted(help)}`,
    ),
  ];
}

function fishValue(value: Completed): string {
  if (value === 'none') return '';
  if (value === 'file') return ' -r -F';
  return typeof value === 'string' ? ' -x' : ` -x -a ${fishQuoted(value.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
