/** What `logs` was asked for: a job of a run, or Batch's own id. */
export type JobRef =
  | { readonly kind: 'job'; readonly run: string; readonly n: number }
  | { readonly kind: 'batch-id'; readonly jobId: string };

const BATCH_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?::\d+)?$/;

/** `cog-converter-20240115120000-3`, or `8f0e...-...` with `:<index>` for an array child; null for anything else. */
export function parseJobRef(text: string): JobRef | null {
  if (BATCH_ID.test(text)) return { kind: 'batch-id', jobId: text };
  const [, run, n] = /^(.+)-([1-9]\d*)$/.exec(text) ?? [];
  return run === undefined || n === undefined ? null : { kind: 'job', run, n: Number(n) };
}
