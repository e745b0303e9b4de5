/** Something that is opened when it is first asked for. */
export interface Once<T> {
  (): Promise<T>;
  /** null when nobody has asked. */
  opened(): Promise<T> | null;
}

/** Opens once, whoever asks how often. */
export function once<T>(open: () => Promise<T>): Once<T> {
  let opened: Promise<T> | null = null;
  return Object.assign(() => (opened ??= open()), { opened: () => opened });
}
