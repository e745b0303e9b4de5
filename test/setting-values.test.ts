import { describe, expect, it } from 'vitest';
import {
  boolean,
  bucket,
  choice,
  keyPrefix,
  list,
  matching,
  regularExpression,
  tags,
  wholeNumber,
  type Parser,
} from '../src/setting-values.ts';

/** What `parse` says to each text: its value, or what is allowed. */
function refusal(parse: Parser<unknown>, text: string): string {
  try {
    return `took it: ${String(parse(text))}`;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('wholeNumber', () => {
  const parse = wholeNumber(1, 10_000);

  it.each([
    ['1', 1],
    ['10000', 10_000],
    ['050', 50],
  ])('reads %j as %i', (text, value) => {
    expect(parse(text)).toBe(value);
  });

  it.each([
    '',
    '0',
    '10001',
    '-5',
    '+5',
    '1.5',
    '1e3',
    '0x10',
    'abc',
    ' 5',
    '5 ',
    '5\n',
    '٥',
    '1_000',
    '9'.repeat(400),
  ])('refuses %j', (text) => {
    expect(refusal(parse, text)).toBe('a whole number from 1 to 10000');
  });

  it('names the unit', () => {
    expect(refusal(wholeNumber(512, 1024, 'MiB'), 'x')).toBe('a whole number of MiB from 512 to 1024');
  });
});

describe('boolean', () => {
  it.each([
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['Yes', true],
    ['false', false],
    ['0', false],
    ['NO', false],
  ])('reads %j as %s', (text, value) => {
    expect(boolean(text)).toBe(value);
  });

  it.each(['', 'on', 'off', 'y', '2', 'tru', ' true'])('refuses %j', (text) => {
    expect(refusal(boolean, text)).toBe('true, false, 1, 0, yes or no');
  });
});

describe('choice', () => {
  const parse = choice(['LZW', 'DEFLATE']);

  it.each([
    ['LZW', 'LZW'],
    ['lzw', 'LZW'],
    ['Deflate', 'DEFLATE'],
  ])('reads %j as %s', (text, value) => {
    expect(parse(text)).toBe(value);
  });

  it.each(['', 'FOO', 'LZW ', 'LZ'])('refuses %j', (text) => {
    expect(refusal(parse, text)).toBe('one of LZW, DEFLATE');
  });
});

describe('matching', () => {
  it('takes what matches and says what would', () => {
    const parse = matching(/^vpc-/, 'an id such as vpc-0abc');
    expect(parse('vpc-1')).toBe('vpc-1');
    expect(refusal(parse, 'x')).toBe('an id such as vpc-0abc');
  });
});

describe('bucket', () => {
  it.each([
    'resilienceatlas',
    'my.bucket-1',
    'Old_Bucket',
    './data',
    'data/',
    '/srv/x y',
    'C:\\data',
    'file:///srv',
    '../é',
  ])('takes %j', (text) => {
    expect(bucket(text)).toBe(text);
  });

  it.each([
    '',
    'ab',
    '.',
    '..',
    's3://resilienceatlas',
    'S3://x',
    'https://x.s3.amazonaws.com/',
    'arn:aws:s3:::x',
    'a b',
    'café',
  ])('refuses %j', (text) => {
    expect(refusal(bucket, text)).toBe(
      'the name of a bucket (no s3://, no ARN), or a directory with a / in it such as ./data',
    );
  });

  it.each(['rasters--use1-az4--x-s3', 'point--use1-az4--xa-s3'])(
    'refuses the directory bucket %s',
    (text) => {
      expect(refusal(bucket, text)).toBe(
        'a general purpose bucket: directory buckets of S3 (--x-s3) do not list keys in order, and plans are made of ordered lists',
      );
    },
  );

  it('takes a directory of this machine whatever it is called', () => {
    expect(bucket('./rasters--use1-az4--x-s3')).toBe('./rasters--use1-az4--x-s3');
  });
});

describe('keyPrefix', () => {
  it.each([
    ['rasters', 'rasters/'],
    ['/a/b/', 'a/b/'],
    ['/', ''],
    ['', ''],
    ['a b/.hidden/..x', 'a b/.hidden/..x/'],
    ['a:b', 'a:b/'],
  ])('reads %j as %j', (text, value) => {
    expect(keyPrefix(text)).toBe(value);
  });

  it.each(['s3://bucket/a/', 'file:///a', '../a', 'a/../b', './a', 'a/..', '.'])('refuses %j', (text) => {
    expect(refusal(keyPrefix, text)).toBe(
      'a folder inside the bucket such as rasters/2024/ (no s3://, no ./ or ../)',
    );
  });
});

describe('regularExpression', () => {
  it.each([
    ['africa|asia', 'x_asia.tif', true],
    ['africa|asia', 'Asia.tif', false],
    ['(?i)africa', 'AFRICA.tif', true],
    ['.*_2024.*', 'a_2024_b.tif', true],
    ['a\\_b\\-c', 'a_b-c.tif', true],
    ['(?i)a\\_b', 'A_B.tif', true],
    ['^.{1}$', '🗺', true],
    ['', 'anything', true],
  ])('%j in %j: %s', (text, name, found) => {
    expect(name.search(regularExpression(text)) !== -1).toBe(found);
  });

  it.each([
    ['(', 'Unterminated group'],
    ['[a', 'Unterminated character class'],
    ['*a', 'Nothing to repeat'],
    ['(?P<x>a)', 'Invalid group'],
  ])('refuses %j: %s', (text, reason) => {
    expect(refusal(regularExpression, text)).toMatch(
      /^a regular expression \(Invalid regular expression: .+\)$/,
    );
    expect(refusal(regularExpression, text)).toContain(reason);
  });
});

describe('list', () => {
  const parse = list(/^sg-[0-9a-f]+$/, 'ids such as sg-0abc');

  it.each([
    ['sg-1', ['sg-1']],
    ['sg-1, sg-2 ,sg-3', ['sg-1', 'sg-2', 'sg-3']],
  ])('reads %j', (text, items) => {
    expect(parse(text)).toEqual(items);
  });

  it.each(['', ',', 'sg-1,', 'sg-1 sg-2', 'SG-1'])('refuses %j', (text) => {
    expect(refusal(parse, text)).toBe('ids such as sg-0abc, separated by commas');
  });
});

describe('tags', () => {
  it.each([
    ['team=gis', { team: 'gis' }],
    ['team=gis,cost-center=42', { team: 'gis', 'cost-center': '42' }],
    ['a=, b=x y', { a: '', b: 'x y' }],
    ['url=https://x/?', null],
    ['k=v=w', { k: 'v=w' }],
    ['__proto__=x', JSON.parse('{"__proto__":"x"}')],
  ])('reads %j', (text, expected: unknown) => {
    if (expected === null) expect(refusal(tags, text)).toMatch(/^name=value pairs separated by commas; /);
    else expect(tags(text)).toEqual(expected);
  });

  it.each(['', 'team', '=gis', 'a=1,', 'aws:x=1', 'AWS:x=1', `${'n'.repeat(129)}=1`, `n=${'v'.repeat(257)}`])(
    'refuses %j',
    (text) => {
      expect(refusal(tags, text)).toBe(
        'name=value pairs separated by commas; letters, digits and .:/+@-_, no name that starts with aws:',
      );
    },
  );

  it('refuses a name that comes twice', () => {
    expect(refusal(tags, 'team=a,team=b')).toBe('name=value pairs with each name once');
  });
});
