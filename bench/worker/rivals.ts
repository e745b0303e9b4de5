import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Program } from './measure.ts';
import { sourceKey, targetKey } from './rasters.ts';

/** Creation options by local raster, as the worker chose them; without NUM_THREADS. */
export type Choices = ReadonlyMap<string, readonly (readonly [name: string, value: string])[]>;

/** Pinned with the rasterio that its GDAL comes with. */
const RIO_COGEO = ['rio-cogeo==5.4.2', 'rasterio==1.4.4'];

/** Another program that makes the same COGs. */
export type Rival = (choices: Choices, folder: string) => Omit<Program, 'log'>;

/** (a): the Python tool's way, from and to a bucket. */
export function pythonWay(python: string, root: string, bucket: string): Rival {
  return (choices, folder) => {
    const plan = [...choices].map(([file, options]) => ({
      source: sourceKey(file),
      target: targetKey(file),
      options: translateOptions(options, 'ALL_CPUS'),
    }));
    const argv = [python, join(root, 'bench/worker/python-way.py'), bucket, folder];
    return { argv, input: JSON.stringify(plan) };
  };
}

/** (b): the limit. Local files to local files with one thread each, nothing fetched, nothing checked. */
export function translateAlone(atOnce: number): Rival {
  return (choices, folder) => {
    const runs = [...choices].map(([file, options]) => [
      ...['-q', '-of', 'COG'],
      ...translateOptions(options, '1'),
      file,
      join(folder, basename(file)),
    ]);
    return xargs('gdal_translate', runs, atOnce);
  };
}

/** (c): rio-cogeo, from local files to local files; it uses all cores for one file, or one for each. */
export function rioCogeo(rio: string, atOnce: number): Rival {
  return (choices, folder) => {
    const runs = [...choices].map(([file, options]) => [
      ...['cogeo', 'create', '--quiet', '--cog-profile', 'lzw'],
      ...['--threads', atOnce === 1 ? 'ALL_CPUS' : '1'],
      ...['--overview-resampling', valueOf(options, 'RESAMPLING').toLowerCase()],
      ...['--co', `PREDICTOR=${PREDICTOR_NUMBERS[valueOf(options, 'PREDICTOR')] ?? '1'}`],
      file,
      join(folder, basename(file)),
    ]);
    return xargs(rio, runs, atOnce);
  };
}

/** TIFF's numbers: rio-cogeo writes with the GTiff driver. */
const PREDICTOR_NUMBERS: Readonly<Record<string, string>> = { NO: '1', STANDARD: '2', FLOATING_POINT: '3' };

/** Installs rio-cogeo into an environment of its own, once. Returns its program `rio`. */
export function installRioCogeo(python: string, root: string): string {
  const folder = join(root, '.scratch/bench/rio-cogeo');
  const stamp = join(folder, RIO_COGEO.join('_'));
  const bin = (name: string): string => join(folder, 'bin', name);
  if (!existsSync(stamp)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    execFileSync(python, ['-m', 'venv', folder], { stdio: 'inherit' });
    execFileSync(bin('pip'), ['install', '--quiet', ...RIO_COGEO], { stdio: 'inherit' });
    writeFileSync(stamp, '');
  }
  return bin('rio');
}

function translateOptions(options: readonly (readonly [string, string])[], threads: string): string[] {
  return [...options, ['NUM_THREADS', threads] as const].flatMap(([name, value]) => [
    '-co',
    `${name}=${value}`,
  ]);
}

function valueOf(options: readonly (readonly [string, string])[], name: string): string {
  return options.find(([one]) => one === name)?.[1] ?? '';
}

/** Every run has as many arguments as the others, so that xargs can tell them apart. */
function xargs(command: string, runs: readonly (readonly string[])[], atOnce: number): Omit<Program, 'log'> {
  const count = String(runs[0]?.length ?? 1);
  return {
    argv: ['xargs', '-0', '-n', count, '-P', String(atOnce), command],
    input: runs
      .flat()
      .map((argument) => `${argument}\0`)
      .join(''),
  };
}
