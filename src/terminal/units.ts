const GIB = 1024 ** 3;
const LARGER = ['KB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `47.50 GB`; a GB is 1024^3 bytes here, as in the Python tool. */
export function gigabytes(bytes: number): string {
  return `${(bytes / GIB).toFixed(2)} GB`;
}

/** The unit that keeps the number short: `812 B`, `5.8 KB`, `47.5 GB`; steps of 1024. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 'B';
  for (const larger of LARGER) {
    // 1023.95 KB would be written as 1024.0 KB
    if (value < (unit === 'B' ? 1024 : 1023.95)) break;
    value /= 1024;
    unit = larger;
  }
  return `${unit === 'B' ? String(value) : value.toFixed(1)} ${unit}`;
}

/** `1 file`, `2 files`. */
export function count(n: number, noun: string): string {
  return `${String(n)} ${noun}${n === 1 ? '' : 's'}`;
}

/** `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${String(whole)} s`;
  if (whole < 3600) return `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
  return `${String(Math.floor(whole / 3600))} h ${String(Math.floor((whole % 3600) / 60))} min`;
}
