import type { Progress, Reporter } from '../../src/ports.ts';

/** Keeps what it is told. */
export class RecordingReporter implements Reporter {
  readonly notes: string[] = [];
  readonly warnings: string[] = [];
  readonly events: { readonly name: string; readonly facts: Readonly<Record<string, unknown>> }[] = [];
  readonly states: (Progress | null)[] = [];

  note(message: string): void {
    this.notes.push(message);
  }

  warn(message: string): void {
    this.warnings.push(message);
  }

  event(name: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.events.push({ name, facts });
  }

  progress(state: Progress | null): void {
    this.states.push(state);
  }
}
