/** A full line of one character: `rule(60, '=')`. */
export function rule(width: number, character: '=' | '-'): string {
  return character.repeat(width);
}

/** The Python tool's line: `Total raw TIFFs:          2321`, the value right-aligned so that the line is 30 wide. */
export function counted(label: string, value: number | string): string {
  return `${`${label}:`.padEnd(20)}${String(value).padStart(10)}`;
}

const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A key as one harmless piece of a line: control characters and direction marks are escaped as in JSON. */
export function printable(text: string): string {
  return text.replace(CONTROL, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Rows as columns, each as wide as its widest cell, two blanks apart; numbers to the right. */
export function table(rows: readonly (readonly (string | number)[])[]): string[] {
  const width = (at: number): number => Math.max(...rows.map((row) => String(row[at] ?? '').length));
  return rows.map((row) =>
    row
      .map((cell, at) => padded(cell, width(at)))
      .join('  ')
      .trimEnd(),
  );
}

function padded(cell: string | number, width: number): string {
  return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
}
