/** Structured log: facts, then an event named `Noun:Verb`. pino fits as it is. */
export interface Logger {
  info(facts: object, event: string): void;
  warn(facts: object, event: string): void;
  error(facts: object, event: string): void;
}
