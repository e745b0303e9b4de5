import type { FailureCode } from '../../src/contract/failures.ts';
import { failureReason } from '../../src/contract/failures.ts';
import { parseManifest, type ManifestFile } from '../../src/contract/manifest.ts';
import { manifestKey, resultKey } from '../../src/contract/naming.ts';
import { serialiseResult, type FileResult } from '../../src/contract/result.ts';
import type { RunnerName, RunRecord } from '../../src/contract/run-record.ts';
import type { JobObservation, Runner, StartHooks } from '../../src/ports.ts';
import type { MemoryObjectStore } from './memory-object-store.ts';
import { fileResult, jobResult } from './runs.ts';

/**
 * Converts every file of every manifest in no time, as a worker would leave it: COGs (copies of their sources) and results.
 * `failing` says which sources fail and how; `holds` leaves all jobs waiting, as a queue does.
 */
export class InstantRunner implements Runner {
  readonly name: RunnerName;
  readonly failing = new Map<string, FailureCode>();
  /** Sources in the order in which they were worked on. */
  readonly worked: string[] = [];
  holds = false;
  readonly #store: MemoryObjectStore;
  readonly #cogPrefix: string;

  constructor(store: MemoryObjectStore, cogPrefix: string, name: RunnerName = 'local') {
    this.#store = store;
    this.#cogPrefix = cogPrefix;
    this.name = name;
  }

  async start(run: RunRecord, hooks: StartHooks): Promise<void> {
    await hooks.save({ state: 'submitted' });
    if (this.holds) return;
    for (let n = 1; n <= run.jobs && !hooks.stop.aborted; n += 1) await this.#work(run, n, hooks);
    await hooks.save({ state: 'ended' });
  }

  observe(run: RunRecord): Promise<ReadonlyMap<number, JobObservation>> {
    const waiting = { state: 'RUNNABLE', reason: null, attempts: 0, spotLosses: 0, since: null } as const;
    const numbers = this.holds ? run.jobSizes.map((_, at) => at + 1) : [];
    return Promise.resolve(new Map(numbers.map((n) => [n, { ...waiting, jobId: `id-${String(n)}` }])));
  }

  cancel(): Promise<number> {
    return Promise.resolve(0);
  }

  async #work(run: RunRecord, n: number, hooks: StartHooks): Promise<void> {
    const key = manifestKey(this.#cogPrefix, run.run, n);
    const { files } = parseManifest((await this.#store.readText(key)) ?? '');
    const rows: FileResult[] = [];
    for (const file of files) {
      rows.push(await this.#convert(file));
      hooks.onFile(n, rows.at(-1) ?? fileResult(file.source));
    }
    const text = serialiseResult(jobResult(rows, { run: run.run, job: n }));
    await this.#store.writeText(resultKey(key), text, {
      condition: 'always',
      contentType: 'application/json',
    });
  }

  async #convert({ source, target, etag, size }: ManifestFile): Promise<FileResult> {
    this.worked.push(source);
    const facts = { target, sourceEtag: etag, sourceBytes: size };
    const code = this.failing.get(source);
    if (code !== undefined) {
      return fileResult(source, {
        ...facts,
        outcome: 'failed',
        cogBytes: 0,
        reason: failureReason(code, 'bad'),
      });
    }
    await this.#store.copy(source, target, { condition: 'always', contentType: 'image/tiff' });
    return fileResult(source, facts);
  }
}
