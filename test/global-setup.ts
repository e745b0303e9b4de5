import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds `dist/` once for all tests that run the programs. @throws Error with the bundler's output, with CI=true */
export default function setup(): void {
  const build = spawnSync(process.execPath, ['script/build.mjs'], { cwd: root, encoding: 'utf8' });
  if (build.status === 0) return;
  const message = `script/build.mjs failed: tests that run the programs use an old dist/ or none\n${build.stderr}`;
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`${message}\n`);
}
