import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../src/cli/env-file.ts';

describe('parseEnvFile', () => {
  it.each([
    ['A=1\n\n# a comment\nexport B_2 = two words\r\n', { A: '1', B_2: 'two words' }],
    ['\uFEFFS3_BUCKET=./data\n', { S3_BUCKET: './data' }],
    [
      'KEY="-----BEGIN\nno assignment\n-----END"\nNEXT=1',
      { KEY: '-----BEGIN\nno assignment\n-----END', NEXT: '1' },
    ],
    ["A='it is # one'\n", { A: 'it is # one' }],
    ['', {}],
  ])('reads %j', (text, variables) => {
    expect(parseEnvFile('x.env', text)).toEqual(variables);
  });

  it('names every line that sets nothing, as the parser would swallow the next one with it', () => {
    expect(() => parseEnvFile('x.env', 'A=1\nwork in progress\nFILES_PER_JOB=7\n7=8\nend')).toThrow(
      [
        '--env-file x.env: "work in progress" is no NAME=value',
        '--env-file x.env: "7=8" is no NAME=value',
        '--env-file x.env: "end" is no NAME=value',
      ].join('\n'),
    );
  });
});
