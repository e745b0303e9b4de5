import { describe, expect, it } from 'vitest';
import { linesOf, parseEngineEvent } from '../../src/docker/event-stream.ts';

async function collect(chunks: readonly (string | Uint8Array)[]): Promise<string[]> {
  async function* stream() {
    yield* chunks;
  }
  const lines: string[] = [];
  for await (const line of linesOf(stream())) lines.push(line);
  return lines;
}

describe('parseEngineEvent', () => {
  it.each([
    ['{"stream":"Step 1/12 : ARG X\\n"}', { kind: 'text', text: 'Step 1/12 : ARG X' }],
    ['{"aux":{"ID":"sha256:2cd3"}}', { kind: 'built', imageId: 'sha256:2cd3' }],
    [
      '{"progressDetail":{},"aux":{"Tag":"1","Digest":"sha256:70a5","Size":1156}}',
      { kind: 'pushed', tag: '1', digest: 'sha256:70a5' },
    ],
    [
      '{"status":"Pushing","progressDetail":{"current":40,"total":100},"progress":"[=> ]","id":"5f70"}',
      { kind: 'layer', id: '5f70', status: 'Pushing' },
    ],
    [
      '{"status":"Layer already exists","progressDetail":{},"id":"5f70"}',
      { kind: 'layer', id: '5f70', status: 'Layer already exists' },
    ],
  ])('reads %s', (line, event) => {
    expect(parseEngineEvent(line)).toEqual(event);
  });

  it('finds the error in both forms that engines use', () => {
    const message = 'denied: requested access is denied';
    expect(parseEngineEvent(JSON.stringify({ errorDetail: { message }, error: 'x' }))).toEqual({
      kind: 'error',
      message,
    });
    expect(parseEngineEvent(JSON.stringify({ error: message }))).toEqual({ kind: 'error', message });
  });

  it('calls a line that is no JSON an error', () => {
    expect(parseEngineEvent('<html>Bad Gateway')).toMatchObject({ kind: 'error' });
  });
});

describe('linesOf', () => {
  it('joins lines over chunks, also inside a character', async () => {
    const bytes = new TextEncoder().encode('{"a":"é"}\n{"b":1}\n\n{"c":2}');
    expect(await collect([bytes.slice(0, 7), bytes.slice(7)])).toEqual(['{"a":"é"}', '{"b":1}', '{"c":2}']);
  });
});
