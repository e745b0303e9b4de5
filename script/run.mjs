// Runs a TypeScript program of this repository on Node 20: `node script/run.mjs bench/main.ts [ARGUMENT...]`.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) throw new Error('usage: node script/run.mjs FILE.ts [ARGUMENT...]');

// Beside its source, so that import.meta.url and packages resolve as if the source itself ran.
const program = join(root, dirname(entry), `.run-${String(process.pid)}.mjs`);
await build({
  absWorkingDir: root,
  entryPoints: [entry],
  outfile: program,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  define: { COGCONV_VERSION: JSON.stringify(version) },
  sourcemap: 'inline',
  logLevel: 'warning',
});
try {
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', program, ...args], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(program, { force: true });
}
