import { readConfig, requireConfig, type Config } from '../../src/config.ts';
import type { ConvertWishes } from '../../src/commands/convert.ts';
import type { DriveDeps } from '../../src/commands/drive-run.ts';
import type { StatusDeps } from '../../src/commands/status.ts';
import { manifestsPrefix } from '../../src/contract/naming.ts';
import { parseManifest } from '../../src/contract/manifest.ts';
import type { SubmittedJob } from '../../src/ports.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeProcesses } from '../fakes/fake-processes.ts';
import { InstantRunner } from '../fakes/instant-runner.ts';
import { MemoryCache } from '../fakes/memory-cache.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { RecordingReporter } from '../fakes/recording-reporter.ts';

export const PLAIN: ConvertWishes = {
  stale: false,
  retryFailed: false,
  limit: null,
  keys: null,
  wait: false,
};

/** Settings of the labs' bucket: `src/` to `cogs/`. */
export function configOf(env: Readonly<Record<string, string>> = {}): Config {
  const base = { S3_BUCKET: './memory', SOURCE_PREFIX: 'src/', COG_PREFIX: 'cogs/' };
  return requireConfig(readConfig({ flags: {}, env: { ...base, ...env }, envFile: {} }));
}

/** A bucket in memory, a runner that works at once, and everything a command needs around them. */
export class Lab {
  readonly store: MemoryObjectStore;
  readonly clock = new FakeClock();
  readonly reporter = new RecordingReporter();
  readonly runner: InstantRunner;
  readonly submitted: SubmittedJob[] = [];
  readonly stopping = new AbortController();
  readonly lists = new Map<string, string[]>();

  constructor(store = new MemoryObjectStore()) {
    this.store = store;
    this.store.now = () => this.clock.now().getTime();
    this.runner = new InstantRunner(store, 'cogs/');
  }

  get deps(): DriveDeps & StatusDeps {
    const keep = (name: string, rows: Iterable<unknown>): Promise<string> => {
      this.lists.set(name, [...rows].map(String));
      return Promise.resolve(name);
    };
    return {
      store: this.store,
      clock: this.clock,
      reporter: this.reporter,
      processes: new FakeProcesses(),
      cache: new MemoryCache(),
      submitted: {
        record: (jobs) => {
          this.submitted.push(...jobs);
          return Promise.resolve();
        },
      },
      runner: () => Promise.resolve(this.runner),
      checkReady: () => Promise.resolve(),
      lists: {
        sources: async (pages) => {
          const keys: string[] = [];
          for await (const page of pages) keys.push(...keysOf(page));
          return await keep('raw_tiffs.txt', keys);
        },
        cogs: (rows) => keep('existing_cogs.txt', keysOf(rows)),
        pending: (rows) => keep('pending_conversions.txt', keysOf(rows)),
        failed: (failures) =>
          keep(
            'failed_conversions.txt',
            Array.from(failures, ({ source, reason }) => `${source} ${reason.code}`),
          ),
      },
      stop: this.stopping.signal,
      kill: new AbortController().signal,
    };
  }

  /** Puts sources; later ones are newer. */
  async put(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.clock.advance(1000);
      const text = `${key} at ${this.clock.now().toISOString()}`;
      await this.store.writeText(key, text, { condition: 'always', contentType: 'image/tiff' });
    }
    this.clock.advance(1000);
  }

  /** Sources of all manifests in the bucket, one entry per row. */
  async planned(): Promise<string[]> {
    const keys = this.store.keys.filter((key) => /^cogs\/manifests\/[^/]*-\d+\.json$/.test(key));
    const texts = await Promise.all(keys.map((key) => this.store.readText(key)));
    return texts.flatMap((text) => parseManifest(text ?? '').files.map(({ source }) => source)).sort();
  }

  /** Keys below the COG prefix that are no documents. */
  get cogs(): string[] {
    return this.store.keys.filter(
      (key) => key.startsWith('cogs/') && !key.startsWith(manifestsPrefix('cogs/')),
    );
  }
}

function keysOf(rows: Iterable<{ readonly key: string }>): string[] {
  return Array.from(rows, ({ key }) => key);
}
