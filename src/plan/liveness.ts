/** A local run saves its heartbeat this often. */
export const HEARTBEAT_EVERY_MS = 60_000;

/** On another machine, an owner that was silent for longer counts as dead; leaves room for clocks that differ. */
export const SILENCE_ALLOWED_MS = 5 * 60_000;

/**
 * Whether the owner of a run lives. On its own machine the process table says it; elsewhere (`isAlive` null) only the
 * heartbeat can (ISO 8601).
 */
export function ownerLives(heartbeatAt: string, isAlive: boolean | null, now: Date): boolean {
  if (isAlive !== null) return isAlive;
  return now.getTime() - Date.parse(heartbeatAt) < SILENCE_ALLOWED_MS;
}
