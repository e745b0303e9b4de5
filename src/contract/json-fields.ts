import { ContractError } from './contract-error.ts';

/** A JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses JSON text into an object.
 * @throws ContractError naming `what` when the text is not JSON or not an object
 */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ContractError(`${what} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** The value as an object. @throws ContractError when it is none */
export function objectOf(value: unknown, what: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ContractError(`${what} is not an object`);
  }
  return value as JsonObject;
}

/** The value as an array. @throws ContractError when it is none */
export function arrayOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ContractError(`${what} is not an array`);
  return value;
}

/** A string that is not empty. @throws ContractError */
export function textField(from: JsonObject, field: string, what: string): string {
  const value = from[field];
  if (typeof value === 'string' && value !== '') return value;
  throw new ContractError(`${what}: "${field}" must be a non-empty string, not ${JSON.stringify(value)}`);
}

/** A number >= 0. @throws ContractError */
export function numberField(from: JsonObject, field: string, what: string): number {
  const value = from[field];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new ContractError(`${what}: "${field}" must be a number >= 0, not ${JSON.stringify(value)}`);
}

/** A boolean. @throws ContractError */
export function booleanField(from: JsonObject, field: string, what: string): boolean {
  const value = from[field];
  if (typeof value === 'boolean') return value;
  throw new ContractError(`${what}: "${field}" must be true or false, not ${JSON.stringify(value)}`);
}

/** One of the given strings. @throws ContractError listing what is allowed */
export function choiceField<T extends string>(
  from: JsonObject,
  field: string,
  choices: readonly T[],
  what: string,
): T {
  const value = from[field];
  const choice = choices.find((one) => one === value);
  if (choice !== undefined) return choice;
  throw new ContractError(
    `${what}: "${field}" must be one of ${choices.join(', ')}, not ${JSON.stringify(value)}`,
  );
}
