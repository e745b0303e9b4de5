import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds `dist/` once for all tests that run the programs. @throws Error with esbuild's output */
export default function setup(): void {
  const build = spawnSync(process.execPath, ['script/build.mjs'], { cwd: root, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`script/build.mjs failed:\n${build.stderr}`);
}
