import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findPython } from '../test/python.ts';
import { cleanEnv } from './child.ts';
import { medians, type Figure, type Scale } from './scale-row.ts';

const PROGRAM = fileURLToPath(new URL('python-tool.py', import.meta.url));

/** So many times fewer keys for the Python way, as it takes minutes; its time grows as the keys do. */
export const FEWER_FOR_PYTHON = 10;

/** What the Python tool's way took, start and end included. */
export interface PythonUsed {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

/**
 * Does as the Python tool did (`python-tool.py`), in the environment of a cogconv command; null where no Python has boto3, which is
 * told. @throws Error when it ends otherwise than with so many files, and with CI=true where there is no boto3
 */
export async function pythonTool(
  command: 'list' | 'status' | 'convert',
  env: Readonly<Record<string, string>>,
  files: number,
): Promise<PythonUsed | null> {
  const python = findPython('boto3', 'the Python tool, rebuilt as reference');
  if (python === undefined) return null;
  const started = performance.now();
  const { stdout } = await promisify(execFile)(python, [PROGRAM, command], { env: cleanEnv(env) });
  const wallSeconds = (performance.now() - started) / 1000;
  const used = JSON.parse(stdout) as { readonly files: number; readonly cpuSeconds: number };
  if (used.files !== files) throw new Error(`the Python tool found ${String(used.files)} files`);
  return { wallSeconds, cpuSeconds: used.cpuSeconds };
}

/**
 * How many times as much time it takes as cogconv's own seconds for all keys; `once` gives its seconds for so many times fewer. Nothing
 * where there is no boto3.
 */
export async function pythonFigure(
  scale: Scale,
  { what, own, least }: { readonly what: string; readonly own: number; readonly least: number },
  once: () => Promise<number | undefined>,
): Promise<readonly Figure[]> {
  const { seconds } = await medians(scale, async () => ({ seconds: (await once()) ?? NaN }));
  if (Number.isNaN(seconds)) return [];
  const value = (seconds * FEWER_FOR_PYTHON) / own;
  // of a few keys most of the time is both programs' start
  return [{ what, value, unit: 'x', ...(scale.small ? {} : { least }) }];
}
