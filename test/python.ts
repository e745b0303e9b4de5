import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `script/bootstrap` makes the first; the others are where systems keep theirs. */
const CANDIDATES = [
  fileURLToPath(new URL('../.venv/bin/python3', import.meta.url)),
  ...['python3', '/usr/bin/python3', '/opt/homebrew/bin/python3'],
];

/** A Python that can import something, or undefined, which it says loudly. @throws Error with CI=true */
export function findPython(modules: string, what: string): string | undefined {
  const found = CANDIDATES.find(
    (python) => spawnSync(python, ['-c', `import ${modules}`], { stdio: 'ignore' }).status === 0,
  );
  if (found !== undefined) return found;
  const message = `no python3 can import ${modules}: LEFT OUT: ${what}`;
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`\n*** ${message} ***\n`);
  return undefined;
}

/** A Python that has GDAL's bindings and scripts. @see findPython */
export function findGdalPython(what: string): string | undefined {
  return findPython('osgeo.gdal, osgeo_utils', what);
}

/** Runs a Python program with arguments and gives its standard output. @throws Error with its standard error */
export function runPython(python: string, program: string, args: readonly string[]): string {
  const run = spawnSync(python, ['-c', program, ...args], { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
  if (run.status === 0) return run.stdout;
  throw new Error(`python: ${run.stderr}${run.error?.message ?? ''}`);
}
