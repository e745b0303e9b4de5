import { defineConfig } from 'vitest/config';
import { shared } from './test/vitest-shared.ts';

export default defineConfig({
  define: shared.define,
  test: {
    ...shared.test,
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'node_modules/**'],
    // Limits for what hangs, not for what is slow: a busy machine is no failure.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'worker/**/*.ts'],
      reporter: ['text-summary', 'json-summary', 'html'],
      thresholds: {
        'src/contract/**': { statements: 0 },
      },
    },
  },
});
