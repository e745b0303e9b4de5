const TENTHS = 1000;

/** `0.0`, `37.5`, `100.0`: 100.0 only when nothing is missing, 0.0 only when nothing is done. `0.0` when there is nothing at all. */
export function progressPercent(done: number, total: number): string {
  if (total === 0) return '0.0';
  const tenths = Math.round((done / total) * TENTHS);
  const honest = done === total ? TENTHS : Math.min(tenths, TENTHS - 1);
  return (Math.max(honest, done > 0 ? 1 : 0) / 10).toFixed(1);
}

/** How far a run was at a moment. */
export interface ProgressSample {
  readonly atMs: number;
  readonly bytes: number;
}

/** Rates are taken over this long, so that a slow start or a pause is forgotten. */
const WINDOW_MS = 60_000;
/** Less than this says nothing yet. */
const MIN_WINDOW_MS = 2_000;

/** Seconds until all bytes are done at the speed of the last minute; null while that cannot be told. */
export function etaSeconds(samples: readonly ProgressSample[], totalBytes: number): number | null {
  const last = samples.at(-1);
  if (last === undefined) return null;
  const first = samples.find(({ atMs }) => atMs >= last.atMs - WINDOW_MS) ?? last;
  const elapsedMs = last.atMs - first.atMs;
  const bytes = last.bytes - first.bytes;
  if (elapsedMs < MIN_WINDOW_MS || bytes <= 0) return null;
  return Math.max(0, ((totalBytes - last.bytes) * elapsedMs) / bytes / 1000);
}
