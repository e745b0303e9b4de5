/** Something that a machine lacks: `{problem: 'GDAL 3.0.4 is too old', mend: 'install GDAL 3.1 or later'}`. */
export interface Lack {
  readonly problem: string;
  /** The one thing to do. */
  readonly mend: string;
}

/** The folder that workers write into. */
export interface ScratchFacts {
  readonly folder: string;
  readonly freeBytes: number;
  /** Size of the largest source that fits with its COG; 0: none does. */
  readonly largestSourceBytes: number;
}

/** What a worker finds on its machine before it takes a job; sent over its IPC channel. */
export interface MachineFacts {
  readonly scratch: ScratchFacts | Lack;
  /** null: not looked for, as there is no folder to run it in. */
  readonly gdal: { readonly version: string } | Lack | null;
}
