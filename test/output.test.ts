import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** Tells on file descriptor 9 that the program has tried to write, so that nobody reads before. */
const TELL = `const fs = require('node:fs');
const { writeSync } = fs;
fs.writeSync = (...given) => {
  try {
    return writeSync(...given);
  } finally {
    if (given[0] === 1) writeSync(9, '.');
  }
};`;
/** Runs the program with a stdout that other programs have set not to wait, and that is full. */
const FULL_PIPE = `
import os, subprocess, sys
reading, writing = os.pipe()
os.set_blocking(writing, False)
try:
    while True:
        os.write(writing, b'x' * 4096)
except BlockingIOError:
    pass
tried, tell = os.pipe()
os.dup2(tell, 9)
child = subprocess.Popen(sys.argv[2:], stdout=writing, pass_fds=[9])
os.close(writing)
os.read(tried, 1)
if sys.argv[1] == 'reads':
    with os.fdopen(reading, 'rb') as pipe:
        sys.stdout.buffer.write(pipe.read().lstrip(b'x'))
else:
    os.close(reading)
sys.exit(child.wait())
`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cogconv-output-'));
  writeFileSync(join(folder, 'tell.cjs'), TELL);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function helpInto(reader: 'reads' | 'leaves'): { readonly status: number | null; readonly stdout: string } {
  const program = [process.execPath, '--require', join(folder, 'tell.cjs'), PROGRAM, '--help'];
  return spawnSync('python3', ['-c', FULL_PIPE, reader, ...program], { encoding: 'utf8' });
}

describe('stdout that is full', () => {
  it('gets the whole text once its reader goes on', () => {
    const help = spawnSync(process.execPath, [PROGRAM, '--help'], { encoding: 'utf8' }).stdout;
    expect(helpInto('reads')).toMatchObject({ status: 0, stdout: help });
  });

  it('is no failure where its reader leaves', () => {
    expect(helpInto('leaves').status).toBe(0);
  });
});
