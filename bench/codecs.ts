import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { creationOptions, type Choice, type Predictor } from '../worker/choose-options.ts';
import { gdalEnvironment, translateCommand } from '../worker/gdal.ts';
import { randomNumbers } from './random.ts';

/** A raster of the table. */
interface Sample {
  readonly name: string;
  /** In its folder, uncompressed. */
  readonly file: string;
  readonly predictor: Exclude<Predictor, 'NO'>;
}

interface Measured {
  readonly bytes: number;
  readonly seconds: number;
}

const CODECS = ['LZW', 'DEFLATE', 'ZSTD'] as const satisfies readonly Choice['compression'][];
/** As a job of JOB_VCPUS=2 has. */
const THREADS = 2;
/** The best one counts: whatever else ran meanwhile only ever costs time. */
const RUNS = 3;
/** Smaller ones tell no time. */
const TIMED_BYTES = 8 * 1024 ** 2;
const SIZES = { full: 4096, small: 512 };

/** What each codec makes of real and made rasters, with and without a predictor: a markdown table of sizes and seconds. */
export function run({ small }: { readonly small: boolean }): void {
  const folder = mkdtempSync(join(tmpdir(), 'cogconv-codecs-'));
  try {
    process.stdout.write(
      `${tableOf(samples(folder, small ? SIZES.small : SIZES.full), folder).join('\n')}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function samples(folder: string, size: number): readonly Sample[] {
  const real = (name: string): string => {
    copyFileSync(join('test/fixtures/rasters', name), join(folder, name));
    return uncompressed(join(folder, name));
  };
  const made = (type: keyof typeof TYPES): string => makeElevation(folder, type, size);
  const pixels = `${String(size)} x ${String(size)}`;
  return [
    { name: 'Landsat 7, 6 bands of uint8, 349 x 352', file: real('L7_ETMs.tif'), predictor: 'STANDARD' },
    {
      name: 'elevation, float32, 111 x 111',
      file: real('olinda_dem_utm25s.tif'),
      predictor: 'FLOATING_POINT',
    },
    { name: `made: elevation with noise, int16, ${pixels}`, file: made('Int16'), predictor: 'STANDARD' },
    {
      name: `made: elevation with noise, float32, ${pixels}`,
      file: made('Float32'),
      predictor: 'FLOATING_POINT',
    },
  ];
}

/** Arrays and ENVI's codes for the types. @see https://www.nv5geospatialsoftware.com/docs/enviheaderfiles.html */
const TYPES = {
  Int16: { array: Int16Array, code: 2 },
  Float32: { array: Float32Array, code: 4 },
};

/** Hills of some hundred metres under noise of a few: what surveys look like, and the same in every run. */
function makeElevation(folder: string, type: keyof typeof TYPES, size: number): string {
  const { array, code } = TYPES[type];
  const random = randomNumbers(7);
  const heights = new array(size * size);
  for (let at = 0; at < heights.length; at++) {
    const hills = 300 * Math.sin((at % size) / 171) * Math.cos(Math.floor(at / size) / 153);
    heights[at] = 400 + hills + 6 * (random() + random() - 1);
  }
  const raw = join(folder, `${type}.raw`);
  writeFileSync(raw, new Uint8Array(heights.buffer));
  const header = {
    samples: size,
    lines: size,
    bands: 1,
    'data type': code,
    interleave: 'bsq',
    'byte order': 0,
  };
  const lines = Object.entries(header).map(([name, value]) => `${name} = ${String(value)}`);
  writeFileSync(join(folder, `${type}.hdr`), ['ENVI', ...lines].join('\n'));
  return uncompressed(raw);
}

function uncompressed(file: string): string {
  const output = `${file}.uncompressed.tif`;
  gdal('gdal_translate', ['-q', file, output]);
  return output;
}

function tableOf(rows: readonly Sample[], folder: string): string[] {
  const columns = CODECS.flatMap((codec) => [codec, `${codec} + predictor`]);
  return [
    `| raster | raw | ${columns.join(' | ')} |`,
    `| --- | ---: |${columns.map(() => ' ---: |').join('')}`,
    ...rows.map((sample) => {
      const raw = statSync(sample.file).size;
      const cells = CODECS.flatMap((codec) =>
        (['NO', sample.predictor] as const).map((predictor) =>
          cell(convert(sample, codec, predictor, folder), raw),
        ),
      );
      return `| ${sample.name} | ${megabytes(raw)} | ${cells.join(' | ')} |`;
    }),
  ];
}

function cell({ bytes, seconds }: Measured, raw: number): string {
  const size = `${String(Math.round((100 * bytes) / raw))} %`;
  // of small rasters it is the start of the program that takes the time
  return raw < TIMED_BYTES ? size : `${size}, ${seconds.toFixed(1)} s`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toFixed(bytes < 1024 ** 2 ? 2 : 0)} MB`;
}

/** The worker's own arguments. */
function convert(
  { file }: Sample,
  compression: Choice['compression'],
  predictor: Predictor,
  folder: string,
): Measured {
  const output = join(folder, 'cog.tif');
  const choice = { compression, predictor, resampling: 'AVERAGE', decisions: [], warnings: [] };
  const { command, args } = translateCommand({
    source: file,
    output,
    creationOptions: creationOptions(choice, THREADS),
    crsFile: null,
  });
  const times = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    gdal(command, args, folder);
    return (performance.now() - started) / 1000;
  });
  return { bytes: statSync(output).size, seconds: Math.min(...times) };
}

function gdal(command: string, args: readonly string[], scratch = tmpdir()): void {
  const search = { PATH: process.env['PATH'] ?? '' };
  const env = gdalEnvironment({ scratch, threads: THREADS, cacheMiB: 1024, sidecars: true, search });
  const { status, stderr } = spawnSync(command, args, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
