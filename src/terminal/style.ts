/** Colours and weights as functions, so that renderers stay pure; the plain style returns its text. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
}

const same = (text: string): string => text;

/** For pipes, files, `NO_COLOR` and `--no-color`. */
export const PLAIN: Style = { bold: same, dim: same, red: same, green: same, yellow: same };
