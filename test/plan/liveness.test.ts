import { describe, expect, it } from 'vitest';
import {
  batchRemembers,
  HEARTBEAT_EVERY_MS,
  processLives,
  SILENCE_ALLOWED_MS,
} from '../../src/plan/liveness.ts';

const HEARD = '2024-01-15T12:00:00.000Z';
const later = (ms: number): Date => new Date(Date.parse(HEARD) + ms);

describe('batchRemembers', () => {
  it('is sure of the seven days that AWS promises', () => {
    const days = (count: number): Date => later(count * 24 * 3_600_000);
    expect(batchRemembers(HEARD, days(6.9))).toBe(true);
    expect(batchRemembers(HEARD, days(7))).toBe(false);
  });
});

describe('processLives', () => {
  it('believes the process table of its own machine, however long the silence', () => {
    expect(processLives(HEARD, true, later(10 * SILENCE_ALLOWED_MS))).toBe(true);
    expect(processLives(HEARD, false, later(0))).toBe(false);
  });

  it('goes by the heartbeat for other machines, and bears some lost ones', () => {
    expect(processLives(HEARD, null, later(3 * HEARTBEAT_EVERY_MS))).toBe(true);
    expect(processLives(HEARD, null, later(SILENCE_ALLOWED_MS))).toBe(false);
    // their clock is ahead of ours
    expect(processLives(HEARD, null, later(-60_000))).toBe(true);
  });
});
