import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cli/command-table.ts';
import { EXIT } from '../src/errors.ts';
import { SETTINGS, type SettingName } from '../src/settings.ts';

const readme = readFileSync('README.md', 'utf8');

/** A table's rows without the blanks that only align its columns. */
const rows = readme.split('\n').map((line) => line.replace(/\s+/g, ' '));

const settingRows = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
  const { env, flag, default: fallback, help } = SETTINGS[name];
  const shown = fallback === null ? (name === 'bucket' ? 'required' : '') : `\`${fallback}\``;
  return `| \`${env}\` | \`--${flag}\` | ${shown} | ${help.replaceAll('*', '\\*')} |`.replace(/\s+/g, ' ');
});

describe('README', () => {
  it('names every command', () => {
    const section = readme.slice(readme.indexOf('## Commands'), readme.indexOf('## Settings'));
    const named = [...section.matchAll(/^\| `([a-z-]+)/gm)].map(([, name]) => name);
    expect(named).toEqual(COMMANDS.map(({ name }) => name));
  });

  it('has an example of every command; transcripts.test.ts holds that it prints what README says', () => {
    const missing = COMMANDS.filter(({ name }) => !new RegExp(`^\\$ cogconv ${name}\\b`, 'm').test(readme));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('has every setting as it is', () => {
    expect(rows.filter((row) => /^\| `[A-Z0-9_]+` \| `--/.test(row))).toEqual(settingRows);
  });

  it('names every exit code', () => {
    const codes = rows.flatMap((row) => /^\| (\d+) \|/.exec(row)?.[1] ?? []).map(Number);
    expect(codes).toEqual(Object.values(EXIT));
  });
});
