import { ContractError } from './contract-error.ts';

/** A JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>;

const SHOWN = 80;

/** A value of a document for a message: short, and no deeper than one level, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = value === undefined ? 'missing' : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

/**
 * Parses JSON text.
 * @throws ContractError naming `what` when the text is not JSON
 */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // JSON.parse throws nothing but SyntaxError
    throw new ContractError(`${what} is not JSON: ${(cause as SyntaxError).message}`, { cause });
  }
}

/**
 * A document of ours: a JSON object that says which version it has.
 * `advice` follows what is told of another version: `; deploy the worker ...`.
 * @throws ContractError naming `what` when it is none, or one of another version
 */
export function documentOf(text: string, what: string, version: number, advice = ''): JsonObject {
  const from = objectOf(parseJson(text, what), what);
  if (from['version'] === version) return from;
  throw new ContractError(
    `${what} has version ${shown(from['version'])}, this cogconv reads version ${String(version)}${advice}`,
  );
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
  throw new ContractError(`${what}: "${field}" must be a non-empty string; it is ${shown(value)}`);
}

/** A string, also an empty one. @throws ContractError */
export function stringField(from: JsonObject, field: string, what: string): string {
  const value = from[field];
  if (typeof value === 'string') return value;
  throw new ContractError(`${what}: "${field}" must be a string; it is ${shown(value)}`);
}

/** A point in time, ISO 8601. @throws ContractError */
export function timeField(from: JsonObject, field: string, what: string): string {
  const value = from[field];
  if (typeof value === 'string' && !Number.isNaN(Date.parse(value))) return value;
  throw new ContractError(
    `${what}: "${field}" must be a time such as 2024-01-15T12:00:00.000Z; it is ${shown(value)}`,
  );
}

/** A whole number from `min`: counts, bytes, numbers of jobs. @throws ContractError */
export function wholeField(from: JsonObject, field: string, what: string, min = 0): number {
  const value = from[field];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
  throw new ContractError(
    `${what}: "${field}" must be a whole number >= ${String(min)}; it is ${shown(value)}`,
  );
}

/** A number >= 0. @throws ContractError */
export function numberField(from: JsonObject, field: string, what: string): number {
  const value = from[field];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new ContractError(`${what}: "${field}" must be a number >= 0; it is ${shown(value)}`);
}

/** A boolean. @throws ContractError */
export function booleanField(from: JsonObject, field: string, what: string): boolean {
  const value = from[field];
  if (typeof value === 'boolean') return value;
  throw new ContractError(`${what}: "${field}" must be true or false; it is ${shown(value)}`);
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
  throw new ContractError(`${what}: "${field}" must be one of ${choices.join(', ')}; it is ${shown(value)}`);
}
