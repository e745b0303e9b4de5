import { describe, expect, it } from 'vitest';
import { hasInterruptBudget } from '../../src/cli/engine-flags.ts';

describe('hasInterruptBudget', () => {
  it.each([
    ['Node 20', '11.3.244.8-node.26', true],
    ['Node 22', '12.4.254.21-node.57', false],
    ['Node 24', '13.6.233.17-node.63', false],
  ])('knows the V8 of %s', (_, v8, expected) => {
    expect(hasInterruptBudget(v8)).toBe(expected);
  });
});
