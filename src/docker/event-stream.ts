/** One line of the engine's build or push stream, as far as it matters. */
export type EngineEvent =
  | { readonly kind: 'text'; readonly text: string }
  /** A layer on its way: `{id: '5f70bf18a086', status: 'Pushing'}`. */
  | { readonly kind: 'layer'; readonly id: string; readonly status: string }
  | { readonly kind: 'built'; readonly imageId: string }
  | { readonly kind: 'pushed'; readonly tag: string; readonly digest: string }
  | { readonly kind: 'error'; readonly message: string };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads one line: the engine answers 200 as soon as it begins, so that a failure is only ever told in here
 * (`{"errorDetail":{"message":"..."},"error":"..."}`). A line that is not JSON is an error too.
 */
export function parseEngineEvent(line: string): EngineEvent {
  const fields = fieldsOf(line);
  if (fields === null) {
    return { kind: 'error', message: `the engine sent a line that is not JSON: ${line.slice(0, 200)}` };
  }
  return failure(fields) ?? outcome(objectOf(fields['aux'])) ?? progress(fields);
}

/** Whole lines of a stream whose chunks end anywhere; the last one may lack its newline. */
export async function* linesOf(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (
      rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))
    ).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}

function failure(fields: Fields): EngineEvent | null {
  const message = objectOf(fields['errorDetail'])['message'] ?? fields['error'];
  if (message === undefined) return null;
  return { kind: 'error', message: typeof message === 'string' ? message.trim() : JSON.stringify(message) };
}

function outcome(aux: Fields): EngineEvent | null {
  if (typeof aux['ID'] === 'string') return { kind: 'built', imageId: aux['ID'] };
  if (typeof aux['Digest'] !== 'string') return null;
  return { kind: 'pushed', tag: textOf(aux['Tag']), digest: aux['Digest'] };
}

function progress(fields: Fields): EngineEvent {
  if (typeof fields['id'] === 'string') {
    return { kind: 'layer', id: fields['id'], status: textOf(fields['status']) };
  }
  return { kind: 'text', text: textOf(fields['stream'] ?? fields['status']).trim() };
}

function fieldsOf(line: string): Fields | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function objectOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
