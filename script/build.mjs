// Bundles the CLI into dist/main.js (+ chunks that are loaded on demand) and the worker into dist/worker.mjs,
// with the Python program that it starts beside it.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
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
import { rolldown } from 'rolldown';
import { bundledPackages, licenceText } from './licences.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** What an input is made with, whichever bundle it is for. */
const common = {
  cwd: root,
  platform: 'node',
  transform: { target: 'node20', define: { COGCONV_VERSION: JSON.stringify(version) } },
  // The AWS SDK's ES modules shed what is not used; its CommonJS does not.
  resolve: { mainFields: ['module', 'main'] },
};

/** Names stay as they are written, so that a stack in a bug report can be read; licences.mjs gathers the whole texts. */
const written = {
  minify: {
    mangle: { toplevel: false, keepNames: true },
    compress: true,
    codegen: { removeWhitespace: true },
  },
  comments: { legal: false },
};

async function bundle(input, output) {
  const built = await rolldown({ ...common, ...input });
  const { output: files } = await built.write({ ...written, ...output });
  await built.close();
  return files.flatMap(({ moduleIds }) => moduleIds ?? []);
}

/** What every command on a bucket needs besides what is always needed: one file is read faster than thirty. */
const BUCKET_COMMANDS =
  /src\/(services|cli\/(bucket-reports|run-command)|files\/[\w-]+|storage\/(open-store|directory-store|process-identity))\.ts$/;

/**
 * CommonJS, as Node 20 starts its loader of ES modules only when there is one, which takes as long as half of Node's own start.
 * What is imported on demand has files of its own.
 */
async function cli(dir) {
  const modules = await bundle(
    { input: { main: 'src/main.ts' }, external: ['dockerode'], plugins: [childProcessOnDemand] },
    {
      dir,
      format: 'cjs',
      entryFileNames: '[name].js',
      chunkFileNames: 'chunks/[name]-[hash].js',
      codeSplitting: {
        groups: [
          { name: 'main', test: /src\/main\.ts$/, priority: 2 },
          { name: 'bucket', test: BUCKET_COMMANDS, priority: 1 },
        ],
      },
    },
  );
  writeFileSync(`${dir}/package.json`, '{"type":"commonjs"}\n');
  return modules;
}

/** Commander asks for it at once, to start subcommands that are programs of their own; cogconv has none. */
const childProcessOnDemand = {
  name: 'child-process-on-demand',
  resolveId(id, importer) {
    return id === 'node:child_process' && /node_modules.commander/.test(importer ?? '') ? `\0${id}` : null;
  },
  load(id) {
    if (id !== '\0node:child_process') return null;
    return `module.exports = { spawn: (...args) => require('child_process').spawn(...args) };`;
  },
};

async function worker(dir) {
  copyFileSync(`${root}worker/gdal_server.py`, `${dir}/gdal_server.py`);
  return bundle(
    { input: 'worker/main.ts' },
    { file: `${dir}/worker.mjs`, format: 'esm', codeSplitting: false },
  );
}

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
  const modules = await Promise.all(wanted.map(([, run]) => run(built)));
  writeFileSync(`${built}/THIRD-PARTY-LICENCES.txt`, licenceText(root, modules.flat()));
  if (existsSync(`${built}/main.js`)) makeExecutable(`${built}/main.js`);
  swap(built);
  // for sbom.mjs
  const inWorker = bundledPackages(root, modules[1]);
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
