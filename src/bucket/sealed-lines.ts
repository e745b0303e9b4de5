import { crc32 } from 'node:zlib';
import { ContractError } from '../contract/contract-error.ts';
import { objectOf, parseJson } from '../contract/json-fields.ts';

/** Another one is not read, and written anew. */
const VERSION = 1;

/** Lines of a cache behind a head that tells whose they are and proves that they are whole. No line may hold a line break. */
export function sealLines(run: string, lines: readonly string[]): string {
  const body = lines.join('\n');
  return `${JSON.stringify({ version: VERSION, run, crc32: crc32(body) })}\n${body}\n`;
}

/** The lines; null when the text is damaged, of another run, or of another cogconv. */
export function unsealLines(text: string, run: string): readonly string[] | null {
  const headEnd = text.indexOf('\n');
  const body = text.slice(headEnd + 1, -1);
  try {
    const head = objectOf(parseJson(text.slice(0, headEnd), 'head'), 'head');
    const isWhole = head['version'] === VERSION && head['run'] === run && head['crc32'] === crc32(body);
    return isWhole ? body.split('\n') : null;
  } catch (error) {
    if (error instanceof ContractError) return null;
    throw error;
  }
}
