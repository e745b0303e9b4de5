import { summaryKey } from '../contract/naming.ts';
import { StorageError, type ObjectStore } from '../storage/object-store.ts';
import { documentKind, type ListedDocument } from './documents.ts';

/** Summaries of ended runs in the bucket, by name (`00000042-1`). */
export class SummaryStore {
  readonly #store: ObjectStore;
  readonly #cogPrefix: string;
  readonly #listed = new Set<string>();
  #isWritable: boolean;

  /** `isWritable` false: a dry run, or somebody who only looks. */
  constructor(
    store: ObjectStore,
    cogPrefix: string,
    documents: Iterable<ListedDocument>,
    { isWritable }: { readonly isWritable: boolean },
  ) {
    this.#store = store;
    this.#cogPrefix = cogPrefix;
    this.#isWritable = isWritable;
    for (const { key } of documents) {
      const kind = documentKind(key, cogPrefix);
      if (kind?.kind === 'summary') this.#listed.add(kind.name);
    }
  }

  has(name: string): boolean {
    return this.#listed.has(name);
  }

  get isWritable(): boolean {
    return this.#isWritable;
  }

  /** null where none was listed. @throws StorageError */
  async read(name: string, signal?: AbortSignal): Promise<string | null> {
    if (!this.has(name)) return null;
    return await this.#store.readText(
      summaryKey(this.#cogPrefix, name),
      signal === undefined ? {} : { signal },
    );
  }

  /**
   * Replaces the one that is there: whatever two writers at once leave is true of the results that it names. It only saves
   * work later, so whoever may read but not write still gets his answer; he is refused once and not for every summary.
   */
  async write(name: string, text: string): Promise<void> {
    if (!this.#isWritable) return;
    try {
      const key = summaryKey(this.#cogPrefix, name);
      await this.#store.writeText(key, text, { condition: 'always', contentType: 'application/jsonl' });
      this.#listed.add(name);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#isWritable = false;
    }
  }
}
