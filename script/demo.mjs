// The main job from beginning to end without AWS: `npm run demo [-- FOLDER]`. A directory stands for the bucket, real
// rasters become COGs, one conversion is interrupted on purpose, and all that is promised is checked on the way.
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cogconv, cogconvJson, interruptedConvert, say, sayCommand } from './demo/commands.mjs';
import { BROKEN, makeSources } from './demo/rasters.mjs';
import { cogsOf, fileTable, sourcesOf } from './demo/files.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const SOURCES = 'cartodb_exports/rasters/';

function emptyFolder() {
  const given = process.argv[2];
  const folder = resolve(given ?? join(root, '.scratch/demo'));
  // Only the default folder is ours to empty.
  if (given === undefined) rmSync(folder, { recursive: true, force: true });
  else if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Error(`${folder} is not empty; name a folder that is, or none`);
  }
  mkdirSync(folder, { recursive: true });
  return folder;
}

const problems = [];
const check = (holds, what) => {
  if (!holds) problems.push(what);
};
const expectExit = (wanted, command, env) => {
  const got = cogconv(command, env);
  check(
    got === wanted,
    `cogconv ${command.join(' ')} ended with ${String(got)} instead of ${String(wanted)}`,
  );
};

function settings(folder) {
  const env = {
    S3_BUCKET: join(folder, 'bucket'),
    OUTPUT_DIR: join(folder, 'cog_status'),
    FILES_PER_JOB: '4',
  };
  sayCommand(
    `export ${Object.entries(env)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')}`,
  );
  return env;
}

const snapshot = (folder) => readdirSync(folder, { recursive: true }).sort().join('\n');

function preview(env) {
  expectExit(0, ['status'], env);
  const before = snapshot(env.S3_BUCKET);
  expectExit(0, ['convert', '--dry-run'], env);
  check(snapshot(env.S3_BUCKET) === before, 'the dry run changed the bucket');
}

async function interruptAndResume(env, total) {
  const interrupted = await interruptedConvert(env);
  check(interrupted === 130, `the interrupted convert ended with ${String(interrupted)} instead of 130`);
  const whole = cogsOf(env.S3_BUCKET);
  check(
    whole.length > 0 && whole.length < total,
    `${String(whole.length)} COGs stood after the interruption`,
  );
  check(allValid(env, whole), 'a COG is broken after the interruption');
  say(`\n${String(whole.length)} of ${String(total)} are done and whole; the same command does the rest:`);
  expectExit(3, ['convert'], env);
}

function report(env) {
  for (const command of ['jobs', 'failures', 'status']) expectExit(0, [command], env);
  const { data } = cogconvJson(['failures'], env);
  const codes = data.groups.map(({ code }) => code).sort();
  check(
    codes.join() ===
      BROKEN.map(({ code }) => code)
        .sort()
        .join(),
    `failures names ${codes.join() || 'nothing'}`,
  );
}

/** With all done or known to fail, the same command has nothing to do; what failed is still no success. */
function nothingTwice(env) {
  const before = cogsOf(env.S3_BUCKET);
  expectExit(3, ['convert'], env);
  check(cogsOf(env.S3_BUCKET).join() === before.join(), 'the last convert was to do nothing');
}

const allValid = (env, keys) =>
  keys.length > 0 &&
  cogconvJson(['validate', ...keys.map((key) => join(env.S3_BUCKET, key))], env).data.files.every(
    ({ isCog }) => isCog,
  );

function finalTable(env) {
  const { lines, faults } = fileTable(env.S3_BUCKET, SOURCES, (file) => {
    const { data } = cogconvJson(['validate', file], env);
    return data.files.every(({ isCog }) => isCog);
  });
  say(`\n${lines.join('\n')}`);
  problems.push(...faults);
}

async function demo() {
  const started = Date.now();
  const folder = emptyFolder();
  const total = makeSources(join(folder, 'bucket', SOURCES));
  say(`${String(total)} rasters lie in ${relative(process.cwd(), join(folder, 'bucket', SOURCES)) || '.'}`);
  const env = settings(folder);
  preview(env);
  await interruptAndResume(env, total - BROKEN.length);
  report(env);
  nothingTwice(env);
  finalTable(env);
  say(
    `\n${String(sourcesOf(env.S3_BUCKET, SOURCES).length)} rasters, ${String(Math.round((Date.now() - started) / 1000))} s`,
  );
}

await demo();
for (const problem of problems) say(`NOT AS IT MUST BE: ${problem}`);
if (problems.length === 0) say('All as it must be.');
process.exitCode = problems.length === 0 ? 0 : 1;
