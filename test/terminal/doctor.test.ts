import { describe, expect, it } from 'vitest';
import { renderDoctor } from '../../src/terminal/doctor.ts';

describe('renderDoctor', () => {
  it('prints a line per check and what mends it', () => {
    const lines = renderDoctor({
      checks: [
        { name: 'credentials', state: 'ok', detail: 'account 1', mend: null },
        { name: 'job role', state: 'problem', detail: 'there is no role r', mend: 'cogconv setup' },
        { name: 'quota', state: 'unknown', detail: 'not checked', mend: null },
      ],
    });
    expect(lines).toEqual([
      'ok       credentials  account 1',
      'PROBLEM  job role     there is no role r',
      '                      -> cogconv setup',
      '?        quota        not checked',
      '',
      '1 ok, 1 problem, 1 not known',
    ]);
  });

  it('keeps a check on its line, whatever a server or a file name says', () => {
    const [line] = renderDoctor({
      checks: [{ name: 'bucket', state: 'unknown', detail: 'no XML:\n<html>', mend: null }],
    });
    expect(line).toBe('?        bucket  no XML:\\u000a<html>');
  });
});
