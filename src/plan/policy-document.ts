/** One statement of an IAM policy. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** An IAM policy. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** Who may take a role. */
export interface TrustDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly (Omit<Statement, 'Resource'> & {
    readonly Principal: { readonly Service: string };
  })[];
}

/**
 * JSON text that is equal for equal documents: keys sorted, a list of one written as its element, lists sorted (order means
 * nothing in IAM). `null` for text that is no JSON.
 */
export function canonicalDocument(text: string): string | null {
  try {
    return JSON.stringify(canonical(JSON.parse(text)));
  } catch {
    return null;
  }
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(canonical);
    if (items.length === 1) return items[0];
    return items.toSorted((a, b) => compareText(JSON.stringify(a), JSON.stringify(b)));
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, canonical(part)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => compareText(a, b)));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A key prefix inside an ARN or a condition: IAM's own wildcards taken literally. @see IAM user guide, policy variables */
export function literalPrefix(prefix: string): string {
  return prefix.replace(/[*?$]/g, (mark) => `\${${mark}}`);
}
