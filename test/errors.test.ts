import { describe, expect, it } from 'vitest';
import { ContractError } from '../src/contract/contract-error.ts';
import {
  AccessError,
  AwsError,
  CogconvError,
  ConfigError,
  describeError,
  DockerError,
  exitCodeOf,
  InterruptedError,
  NotSetUpError,
} from '../src/errors.ts';
import { StorageError } from '../src/storage/object-store.ts';

describe('exitCodeOf', () => {
  it.each([
    [new CogconvError('x'), 1],
    [new AwsError('x'), 1],
    [new DockerError('x'), 1],
    [new ConfigError(['x']), 2],
    [new NotSetUpError('x'), 4],
    [new AccessError('x'), 5],
    [new InterruptedError('x'), 130],
    [new DOMException('stopped', 'AbortError'), 130],
    [new StorageError('denied', 'x'), 5],
    [new StorageError('credentials', 'x'), 5],
    [new StorageError('missing-bucket', 'x'), 1],
    [new StorageError('aborted', 'x'), 130],
    [new ContractError('x'), 1],
    [new TypeError('x'), 70],
    ['a string', 70],
    [undefined, 70],
  ])('makes of %s %i', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});

describe('describeError', () => {
  it('gives message, cause and hint one line each', () => {
    const error = new NotSetUpError('no job queue cog-converter-queue', {
      cause: new Error('queue not found'),
      hint: 'run cogconv setup first',
    });
    expect(describeError(error)).toEqual([
      'no job queue cog-converter-queue',
      'cause: queue not found',
      'hint: run cogconv setup first',
    ]);
  });

  it('does not repeat itself', () => {
    expect(describeError(new AwsError('slow down', { cause: new Error('slow down') }))).toEqual([
      'slow down',
    ]);
    expect(describeError(new AwsError('slow down', { cause: 'no error' }))).toEqual(['slow down']);
  });

  it('does not say again as the cause what the message says', () => {
    const cause = new Error('connect ENOENT /x.sock');
    const error = new DockerError('docker could not reach the engine: connect ENOENT /x.sock', { cause });
    expect(describeError(error)).toEqual([error.message]);
  });

  it('gives the hint of a storage error', () => {
    const error = new StorageError('denied', 'no read access to s3://b/', { hint: 'allow s3:ListBucket' });
    expect(describeError(error)).toEqual(['no read access to s3://b/', 'hint: allow s3:ListBucket']);
  });

  it('gives each bad setting its line', () => {
    expect(describeError(new ConfigError(['one', 'two']))).toEqual(['one', 'two']);
  });

  it('says of an interruption that nothing is lost', () => {
    expect(describeError(new InterruptedError('interrupted'))).toEqual([
      'interrupted; the same command goes on from here',
    ]);
    const midway = new InterruptedError('stopped with 1 of 2 jobs submitted', { hint: 'convert again' });
    expect(describeError(midway)).toEqual(['stopped with 1 of 2 jobs submitted', 'hint: convert again']);
  });

  it.each([
    [new TypeError('x is not a function'), 'this is a bug in cogconv: x is not a function'],
    ['thrown text', 'this is a bug in cogconv: thrown text'],
  ])('says of %s that it is a bug and where the stack is', (error, line) => {
    expect(describeError(error)).toEqual([
      line,
      'the stack is in the log (cog_conversion.log); please report it',
    ]);
  });
});
