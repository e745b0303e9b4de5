/**
 * What the call answers, unless the signal is aborted first: then its end is not waited for, and none is begun.
 * @throws what the call throws, `reason` of the signal
 */
export function untilAborted<T>(
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
  reason: (signal: AbortSignal) => Error,
): Promise<T> {
  if (signal === undefined) return call();
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(reason(signal));
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    void call()
      .then(resolve, reject)
      .finally(() => {
        signal.removeEventListener('abort', onAbort);
      });
  });
}
