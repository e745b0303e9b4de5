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
      // Floors, raised when more holds. Pure folders have no excuse.
      thresholds: {
        'src/contract/**': { 100: true },
        'worker/{gdal,gdal-errors,resource-gate,result-writer,schedule,file-memory}.ts': { 100: true },
        'worker/{lzw-size,pam,xml}.ts': { statements: 100, functions: 100, branches: 90 },
        'worker/{choose-options,parse-header,scratch,tiff-check,verify}.ts': { statements: 92, branches: 85 },
        'worker/plain-*.ts': { statements: 90, functions: 95, branches: 80 },
        'src/raster/**': { statements: 95, functions: 99, branches: 85 },
        'src/terminal/**': { statements: 100, functions: 100, lines: 100, branches: 99 },
        'src/plan/**': { statements: 97, functions: 96, lines: 97, branches: 90 },
      },
    },
  },
});
