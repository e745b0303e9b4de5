import { defineConfig } from 'vitest/config';
import { shared } from './test/vitest-shared.ts';

export default defineConfig({
  define: shared.define,
  test: {
    ...shared.test,
    include: ['test/e2e/**/*.test.ts'],
    // Whole programs that each use all cores.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
