/** A job role names its region in this condition key; IAM takes keys in any case. */
const SOURCE_ARN = 'aws:sourcearn';
const REGION_OF_ECS = /^arn:[^:]+:ecs:([a-z0-9-]+):/;

/**
 * The region that a job role was made for, from its trust (JSON text): IAM itself keeps roles once for all regions. null where
 * that cannot be told: no such condition, or one for several regions.
 */
export function regionOfTrust(trust: string): string | null {
  const statements = listOf(field(parsed(trust), 'Statement'));
  const regions = statements.flatMap(sourceArns).map((arn) => REGION_OF_ECS.exec(arn)?.[1] ?? null);
  const [region = null, ...others] = new Set(regions);
  return others.length === 0 ? region : null;
}

function sourceArns(statement: unknown): readonly string[] {
  const operators = Object.values(entriesOf(field(statement, 'Condition')));
  return operators
    .flatMap((conditions) => Object.entries(entriesOf(conditions)))
    .filter(([key]) => key.toLowerCase() === SOURCE_ARN)
    .flatMap(([, value]) => listOf(value).map(String));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function field(value: unknown, name: string): unknown {
  return Object.entries(entriesOf(value)).find(([key]) => key === name)?.[1];
}

function entriesOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
