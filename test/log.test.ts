import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../src/log.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cogconv-log-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const linesIn = (output: string): unknown[] =>
  readFileSync(join(output, 'cog_conversion.log'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('openLog', () => {
  it('appends one JSON line per event, at once, to what was there', async () => {
    const output = join(folder, 'made', 'when needed');
    (await openLog(output, '1.2.3')).write('info', 'Run:Published', { jobs: 2, key: 'a\nb' });
    (await openLog(output, '1.2.3')).write('error', 'Bug:Stack');
    expect(linesIn(output)).toMatchObject([
      { msg: 'Run:Published', jobs: 2, key: 'a\nb', version: '1.2.3', level: 30 },
      { msg: 'Bug:Stack', level: 50 },
    ]);
  });
});
