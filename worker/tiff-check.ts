import { open, type FileHandle } from 'node:fs/promises';
import { FileFailure } from './file-failure.ts';
import { attributeOf, parseXml } from './xml.ts';

/** GDAL's own XML metadata inside a TIFF. @see https://gdal.org/drivers/raster/gtiff.html */
const TAG_GDAL_METADATA = 42112;
/** A chain of directories that is longer is a loop or an attack; overviews, masks and pages of real rasters are fewer. */
const MAX_DIRECTORIES = 64;
const MAX_METADATA_BYTES = 16 * 1024 * 1024;
const HEAD_BYTES = 1024;

/**
 * Looks at the file before GDAL does: is it a TIFF at all, and would it make GDAL open other files?
 * @throws FileFailure `not-a-tiff`, `unreadable` (empty), `unsupported` (names other files)
 */
export async function checkTiff(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const head = await read(handle, 0, HEAD_BYTES);
    if (head.length === 0) throw new FileFailure('unreadable', 'the file is empty (0 bytes)');
    const kind = kindOf(head);
    if (kind === null)
      throw new FileFailure(
        'not-a-tiff',
        `the file is no TIFF: it begins with ${JSON.stringify(beginning(head))}`,
      );
    // The VRT driver looks for this anywhere in the head and would read whatever files the text names.
    if (head.includes('<VRTDataset'))
      throw new FileFailure('unsupported', 'the TIFF hides a VRT in its header');
    await checkMetadata(handle, kind, head);
  } finally {
    await handle.close();
  }
}

interface TiffKind {
  readonly little: boolean;
  readonly big: boolean;
}

function kindOf(head: Buffer): TiffKind | null {
  const mark = head.toString('latin1', 0, 4);
  if (mark === 'II*\0' || mark === 'II+\0') return { little: true, big: mark === 'II+\0' };
  if (mark === 'MM\0*' || mark === 'MM\0+') return { little: false, big: mark === 'MM\0+' };
  return null;
}

function beginning(head: Buffer): string {
  return head.toString('latin1', 0, 16);
}

async function checkMetadata(handle: FileHandle, kind: TiffKind, head: Buffer): Promise<void> {
  let at = kind.big ? number(head, 8, 8, kind) : number(head, 4, 4, kind);
  for (let count = 0; at > 0 && count < MAX_DIRECTORIES; count += 1) {
    const directory = await readDirectory(handle, at, kind);
    if (directory === null) return;
    if (
      directory.metadata !== null &&
      namesFiles(await read(handle, directory.metadata.at, directory.metadata.bytes))
    ) {
      throw new FileFailure(
        'unsupported',
        'the TIFF names another file as its overviews, which might be any file or URL',
      );
    }
    at = directory.next;
  }
}

interface Directory {
  readonly metadata: { readonly at: number; readonly bytes: number } | null;
  readonly next: number;
}

/** Entry: tag 2, type 2, count 4 or 8, value or offset 4 or 8. */
async function readDirectory(handle: FileHandle, at: number, kind: TiffKind): Promise<Directory | null> {
  const [countBytes, entryBytes, wordBytes] = kind.big ? [8, 20, 8] : [2, 12, 4];
  const counted = await read(handle, at, countBytes);
  if (counted.length < countBytes) return null;
  const entries = Math.min(4096, number(counted, 0, countBytes, kind));
  const table = await read(handle, at + countBytes, entries * entryBytes + wordBytes);
  if (table.length < entries * entryBytes) return null;
  const entry = Array.from({ length: entries }, (_, index) => index * entryBytes).find(
    (from) => number(table, from, 2, kind) === TAG_GDAL_METADATA,
  );
  const end = entries * entryBytes;
  const next = table.length < end + wordBytes ? 0 : number(table, end, wordBytes, kind);
  if (entry === undefined) return { metadata: null, next };
  const bytes = Math.min(MAX_METADATA_BYTES, number(table, entry + 4, wordBytes, kind));
  return { metadata: { at: number(table, entry + 4 + wordBytes, wordBytes, kind), bytes }, next };
}

/** `<Item name="OVERVIEW_FILE" domain="OVERVIEWS">`, in any spelling of XML; text that is no XML but looks like it counts too. */
function namesFiles(metadata: Buffer): boolean {
  const text = metadata.toString('latin1').replace(/\0+$/, '');
  const root = parseXml(text);
  if (root === null) return /OVERVIEW|&#/i.test(text);
  return root.children.some(
    (child) =>
      typeof child !== 'string' && /^(?:OVERVIEWS|SUBDATASETS)$/i.test(attributeOf(child, 'domain') ?? ''),
  );
}

async function read(handle: FileHandle, at: number, bytes: number): Promise<Buffer> {
  if (!Number.isSafeInteger(at)) return Buffer.alloc(0);
  const { size } = await handle.stat();
  const buffer = Buffer.alloc(Math.max(0, Math.min(bytes, size - at)));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
  return buffer.subarray(0, bytesRead);
}

function number(from: Buffer, at: number, bytes: number, { little }: TiffKind): number {
  if (at + bytes > from.length) return 0;
  if (bytes === 8) return Number(little ? from.readBigUInt64LE(at) : from.readBigUInt64BE(at));
  return little ? from.readUIntLE(at, bytes) : from.readUIntBE(at, bytes);
}
