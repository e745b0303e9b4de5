import { pid } from 'node:process';

/** Beside the file, for what will take its place: no other process makes the same name. */
export function temporaryPath(path: string): string {
  return `${path}.${String(pid)}-${Math.random().toString(36).slice(2)}.tmp`;
}
