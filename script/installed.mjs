// Exits 0 when node_modules holds what package-lock.json asks for, 1 otherwise. npm records what it installed in a hidden lockfile.
import { readFileSync } from 'node:fs';

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')).packages;
  } catch {
    return {};
  }
}

const installed = packagesOf('node_modules/.package-lock.json');
const missing = Object.entries(packagesOf('package-lock.json'))
  .filter(([path, entry]) => path !== '' && !entry.optional && !entry.peer && !entry.devOptional)
  .filter(([path, entry]) => installed[path]?.version !== entry.version);
process.exitCode = missing.length === 0 ? 0 : 1;
