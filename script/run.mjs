// Runs a TypeScript program of this repository on Node 20: `node script/run.mjs bench/main.ts [ARGUMENT...]`.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const [entry, ...args] = process.argv.slice(2);
if (entry === undefined) throw new Error('usage: node script/run.mjs FILE.ts [ARGUMENT...]');

// Beside its source, so that import.meta.url and packages resolve as if the source itself ran.
const program = join(root, dirname(entry), `.run-${String(process.pid)}.mjs`);
const bundle = await rolldown({
  cwd: root,
  input: entry,
  platform: 'node',
  external: /^(?![./])/,
  transform: { target: 'node20', define: { COGCONV_VERSION: JSON.stringify(version) } },
});
await bundle.write({ file: program, format: 'esm', sourcemap: 'inline', codeSplitting: false });
try {
  const { status } = spawnSync(process.execPath, ['--enable-source-maps', program, ...args], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(program, { force: true });
}
