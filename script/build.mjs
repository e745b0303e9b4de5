// Bundles the CLI into dist/main.js (+ chunks that are loaded on demand) and the worker into the single file dist/worker.mjs.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundledPackages, licenceText } from './licences.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

// CommonJS packages inside an ES module bundle still call require() for Node's own modules.
const REQUIRE = `import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);`;

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  // The AWS SDK's ES modules shed what is not used, and give their names to a dynamic import; its CommonJS does neither.
  mainFields: ['module', 'main'],
  define: { COGCONV_VERSION: JSON.stringify(version) },
  banner: { js: REQUIRE },
  // Names stay as they are written, so that a stack in a bug report can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  // licences.mjs gathers the whole texts.
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
};

const cli = (outdir) =>
  build({
    ...common,
    entryPoints: { main: 'src/main.ts' },
    outdir,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    // The CommonJS form of an SDK client has no named exports when it is imported on demand.
    mainFields: ['module', 'main'],
    external: ['dockerode'],
  });

const worker = (outdir) =>
  build({ ...common, entryPoints: { worker: 'worker/main.ts' }, outdir, outExtension: { '.js': '.mjs' } });

/** Names and contents of all that goes into the bundles. */
function fingerprint() {
  const hash = createHash('sha256');
  const folders = ['src', 'worker'].filter((folder) => existsSync(`${root}${folder}`));
  const files = folders.flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const others = ['package.json', 'package-lock.json', 'script/build.mjs', 'script/licences.mjs'].map(
    (name) => `${root}${name}`,
  );
  for (const file of [...files.sort(), ...others]) hash.update(`${file}\0`).update(readFileSync(file));
  return hash.digest('hex');
}

/** Programs that run from dist/ meanwhile see the old bundle or the new one, never half of one. */
function swap(built) {
  const old = `${built}-old`;
  if (existsSync(`${root}dist`)) renameSync(`${root}dist`, old);
  renameSync(built, `${root}dist`);
  rmSync(old, { recursive: true, force: true });
}

const stampFile = `${root}.scratch/build.stamp`;
const stamp = fingerprint();

const isCurrent = () =>
  existsSync(`${root}dist`) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;

async function buildAll() {
  const built = `${root}.scratch/build-${String(process.pid)}`;
  mkdirSync(built, { recursive: true });
  const wanted = [
    ['src/main.ts', cli],
    ['worker/main.ts', worker],
  ].filter(([entry]) => existsSync(`${root}${entry}`));
  const results = await Promise.all(wanted.map(([, run]) => run(built)));
  const licences = licenceText(
    root,
    results.map(({ metafile }) => metafile),
  );
  writeFileSync(`${built}/THIRD-PARTY-LICENCES.txt`, licences);
  if (existsSync(`${built}/main.js`)) makeExecutable(`${built}/main.js`);
  swap(built);
  // for sbom.mjs
  const inWorker = bundledPackages(root, [results[1].metafile]);
  writeFileSync(`${root}.scratch/worker-packages.json`, JSON.stringify(inWorker));
  writeFileSync(stampFile, stamp);
}

function makeExecutable(file) {
  const code = readFileSync(file, 'utf8');
  // Without `--` Node takes `cogconv --env-file FILE` for its own flag and ends with 9 when there is no such file.
  if (!code.startsWith('#!')) writeFileSync(file, `#!/usr/bin/env -S node --\n${code}`);
  chmodSync(file, 0o755);
}

if (!isCurrent()) await buildAll();
