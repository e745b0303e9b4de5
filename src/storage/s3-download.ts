import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { toChecksumHeader } from './file-crc32.ts';
import { StorageError, type ObjectInfo, type ReadOptions } from './object-store.ts';
import { backOff, bareEtag, quoteEtag, sendOptions, type S3Bucket } from './s3-calls.ts';
import { toStorageError } from './s3-errors.ts';

/** The SDK retries requests, not bodies; so many times a body that breaks off is taken up again. */
const MAX_RESUMES = 6;
const RESUME_BASE_MS = 100;
const CRC_HEADER = 'x-amz-checksum-crc32';
/** Sockets give 64 KiB at once; a write of each would cost as much again as receiving it. */
const WRITE_BYTES = 1024 * 1024;

interface Progress {
  info: ObjectInfo | undefined;
  /** The CRC-32 of the whole object, where S3 knows it. */
  expectedCrc: string | undefined;
  doneBytes: number;
  crc: number;
}

/**
 * Downloads an object to a file, proves length and checksum (the SDK checks the others that S3 has), and takes up a body
 * that broke off where it ended, of the same version. Null when there is no object; after a failure no file is left.
 */
export async function downloadObject(
  from: S3Bucket,
  key: string,
  file: string,
  options: ReadOptions,
): Promise<ObjectInfo | null> {
  const handle = await open(file, 'w');
  try {
    const info = await fetchWhole(from, key, handle, options);
    if (info === null) await rm(file, { force: true });
    return info;
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function fetchWhole(
  from: S3Bucket,
  key: string,
  handle: FileHandle,
  options: ReadOptions,
): Promise<ObjectInfo | null> {
  const progress: Progress = { info: undefined, expectedCrc: undefined, doneBytes: 0, crc: 0 };
  for (let attempt = 0; ; attempt += 1) {
    try {
      await fetchRest(from, key, handle, progress, options);
      return finished(progress, from, key);
    } catch (error) {
      const fault = toStorageError(error, { operation: 'GetObject', bucket: from.bucket, key });
      if (fault.fault === 'missing' && progress.info === undefined) return null;
      if (fault.fault === 'precondition' && progress.info !== undefined) throw replaced(from, key, fault);
      if (!isWorthResuming(fault) || attempt >= MAX_RESUMES) throw fault;
      if (fault.fault === 'changed') restart(progress);
      await backOff(attempt, RESUME_BASE_MS, options.signal);
    }
  }
}

async function fetchRest(
  { client, bucket }: S3Bucket,
  key: string,
  handle: FileHandle,
  progress: Progress,
  { ifMatch, signal }: ReadOptions,
): Promise<void> {
  const version = progress.info?.etag ?? ifMatch;
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(version === undefined ? {} : { IfMatch: quoteEtag(version) }),
    ...(progress.doneBytes === 0 ? {} : { Range: `bytes=${String(progress.doneBytes)}-` }),
  });
  const crc = takeCrc(command);
  const answer = await client.send(command, sendOptions(signal));
  note(progress, key, answer, crc());
  await writeBody(answer, handle, progress);
}

/** What of the SDK's steps is touched. */
interface Received {
  readonly response: unknown;
}

/**
 * Takes the CRC-32 out of the answer before the SDK sees it, which would send the whole body through a stream of its own for it
 * (a tenth of a download's work), and check what is taken up in the middle against the whole.
 */
function takeCrc(command: GetObjectCommand): () => string | undefined {
  let taken: string | undefined;
  command.middlewareStack.addRelativeTo(
    <In extends object, Out extends Received>(next: (step: In) => Promise<Out>) =>
      async (step: In) => {
        const received = await next(step);
        const { headers } = received.response as { readonly headers: Record<string, string> };
        taken = headers[CRC_HEADER];
        Reflect.deleteProperty(headers, CRC_HEADER);
        return received;
      },
    { name: 'takeCrc', relation: 'after', toMiddleware: 'flexibleChecksumsResponseMiddleware' },
  );
  return () => taken;
}

function note(
  progress: Progress,
  key: string,
  answer: GetObjectCommandOutput,
  crc: string | undefined,
): void {
  if (progress.doneBytes > 0) return;
  progress.info = {
    key,
    sizeBytes: answer.ContentLength ?? 0,
    etag: bareEtag(answer.ETag),
    modifiedMs: answer.LastModified?.getTime() ?? 0,
  };
  progress.expectedCrc = answer.ChecksumType === 'COMPOSITE' ? undefined : crc;
}

async function writeBody(
  { Body }: GetObjectCommandOutput,
  handle: FileHandle,
  progress: Progress,
): Promise<void> {
  if (Body === undefined) return;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  const write = async (): Promise<void> => {
    const chunks = waiting;
    [waiting, waitingBytes] = [[], 0];
    await writeChunks(handle, chunks, progress);
  };
  try {
    // In Node the SDK's body is always a stream of Buffers; its type also covers browsers.
    for await (const chunk of Body as AsyncIterable<Buffer>) {
      waiting.push(chunk);
      waitingBytes += chunk.length;
      if (waitingBytes >= WRITE_BYTES) await write();
    }
  } finally {
    // also of a body that broke off: it is taken up behind what is written
    await write();
  }
}

async function writeChunks(handle: FileHandle, chunks: readonly Buffer[], progress: Progress): Promise<void> {
  if (chunks.length === 0) return;
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await handle.writev(chunks, progress.doneBytes);
  if (bytesWritten < length) {
    const rest = Buffer.concat(chunks).subarray(bytesWritten);
    await writeFully(handle, rest, progress.doneBytes + bytesWritten);
  }
  progress.crc = chunks.reduce((crc, chunk) => crc32(chunk, crc), progress.crc);
  progress.doneBytes += length;
}

/** Goes on behind a write that was cut short: the next one does the rest, or tells why it could not be done. */
async function writeFully(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

function finished(progress: Progress, { bucket }: S3Bucket, key: string): ObjectInfo {
  const { info, doneBytes, expectedCrc, crc } = progress;
  if (info?.sizeBytes !== doneBytes) {
    const text = `got ${String(doneBytes)} bytes instead of ${String(info?.sizeBytes)}`;
    throw new StorageError('changed', `s3://${bucket}/${key}: ${text}`);
  }
  if (expectedCrc === undefined || expectedCrc === toChecksumHeader(crc)) return info;
  throw new StorageError('changed', `s3://${bucket}/${key}: the bytes that arrived do not have its checksum`);
}

function isWorthResuming({ fault }: StorageError): boolean {
  return fault === 'unavailable' || fault === 'changed';
}

function restart(progress: Progress): void {
  progress.doneBytes = 0;
  progress.crc = 0;
}

function replaced({ bucket }: S3Bucket, key: string, cause: StorageError): StorageError {
  return new StorageError('changed', `s3://${bucket}/${key} was replaced while it was read`, { cause });
}
