import { describe, expect, it } from 'vitest';
import { GuessRecord } from '../../src/storage/guess-record.ts';

function recordOf(hits: string): GuessRecord {
  const record = new GuessRecord();
  for (const hit of hits) record.add(hit === 'x');
  return record;
}

describe('GuessRecord', () => {
  it.each([
    { hits: '', isGood: false },
    { hits: 'xxxxxx', isGood: false },
    { hits: 'xxxxxxx', isGood: true },
    { hits: 'xxxxxxxxxxxxxxxxxxxxxxxx-', isGood: true },
    { hits: 'xxxxxxxxxxxxxxxxxxxxxxxx----', isGood: false },
    { hits: 'xxxxxxxxxxxxxxxxxxxxxxxx----xx', isGood: true },
    { hits: 'x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-x-', isGood: false },
  ])('$hits: $isGood', ({ hits, isGood }) => {
    expect(recordOf(hits).isGood).toBe(isGood);
  });
});
