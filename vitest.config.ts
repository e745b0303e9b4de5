import { defineConfig } from 'vitest/config';
import { shared } from './test/vitest-shared.ts';

export default defineConfig({
  define: shared.define,
  test: {
    ...shared.test,
    include: ['test/**/*.test.ts'],
    exclude: ['test/e2e/**', 'node_modules/**'],
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
