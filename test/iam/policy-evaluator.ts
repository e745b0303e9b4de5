/** What AWS checks before it does something: `{action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', context: {}}`. */
export interface Authorization {
  readonly action: string;
  /** `*` where AWS knows no resource for the action. */
  readonly resource: string;
  /** Condition keys and their values: `{'iam:PassedToService': 'ec2.amazonaws.com'}`. */
  readonly context: Readonly<Record<string, string>>;
}

/** A statement as it may be in any policy. */
interface PolicyStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** An identity policy. */
export interface Policy {
  readonly Statement: readonly PolicyStatement[];
}

type Matches = (value: string, pattern: string) => boolean;

/** Every operator that our policies use; another one is an error, not a condition that holds. */
const OPERATORS: Readonly<Record<string, Matches>> = {
  StringEquals: (value, pattern) => value === pattern,
  StringLike: like,
  ArnEquals: like,
  ArnLike: like,
};

/**
 * Whether identity policies allow something: some statement does and none denies it. Principals, permission boundaries
 * and the like are none of our policies' business.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * @throws Error for a condition operator that is not known here
 */
export function isAllowed(policies: readonly Policy[], wanted: Authorization): boolean {
  const applying = policies.flatMap(({ Statement }) => Statement).filter((one) => applies(one, wanted));
  const effects = new Set(applying.map(({ Effect }) => Effect));
  return effects.has('Allow') && !effects.has('Deny');
}

/** All actions that the allowing statements name. */
export function allowedActions({ Statement }: Policy): readonly string[] {
  const allowing = Statement.filter(({ Effect }) => Effect === 'Allow');
  return [...new Set(allowing.flatMap(({ Action }) => Action))].toSorted();
}

function applies(statement: PolicyStatement, { action, resource, context }: Authorization): boolean {
  const { Action, Resource, Condition = {} } = statement;
  return (
    [Action].flat().some((pattern) => like(action.toLowerCase(), pattern.toLowerCase())) &&
    [Resource].flat().some((pattern) => like(resource, pattern)) &&
    Object.entries(Condition).every(([operator, keys]) => holds(operator, keys, context))
  );
}

/** All keys of a condition, for each any of its values; a key that the call does not carry fails. */
function holds(
  operator: string,
  keys: Readonly<Record<string, string | readonly string[]>>,
  context: Authorization['context'],
): boolean {
  const matches = OPERATORS[operator];
  if (matches === undefined)
    throw new Error(`the evaluator does not know the condition operator ${operator}`);
  return Object.entries(keys).every(([key, patterns]) => {
    const value = context[key];
    return value !== undefined && [patterns].flat().some((pattern) => matches(value, pattern));
  });
}

/** IAM's wildcards: `*` any text, `?` any character, `${*}`, `${?}` and `${$}` the characters themselves. */
function like(text: string, pattern: string): boolean {
  const parts = pattern.match(/\$\{[*?$]\}|[\s\S]/g) ?? [];
  const source = parts.map((part) => {
    if (part === '*') return '[\\s\\S]*';
    if (part === '?') return '[\\s\\S]';
    return (part.length > 1 ? part.slice(2, 3) : part).replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 'u').test(text);
}
