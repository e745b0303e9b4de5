import { fstatSync, writeSync } from 'node:fs';

/** What a pipe takes at once; to wait for the reader of more would hold up everything else. */
const PIPE_BYTES = 65_536;

/** stdout or stderr of the process. */
export interface Output {
  readonly write: (text: string) => void;
  readonly isTerminal: () => boolean;
  /** For what needs a stream; opens it. */
  readonly stream: () => NodeJS.WriteStream;
}

/** How an output is opened, and what becomes of its faults. */
export interface OutputSettings {
  readonly open: () => NodeJS.WriteStream;
  /** Hears of a reader that has gone (`EPIPE`) or a disk that is full. */
  readonly onFault: (error: NodeJS.ErrnoException) => void;
  /** Whether the descriptor takes UTF-8; a console of Windows does not, and the stream translates. */
  readonly takesBytes: boolean;
}

/**
 * Opens the stream for what does not go out at once: it takes Node's streams and sockets, a tenth of its own start, which is
 * long for a command that prints one text.
 */
export function lazyOutput(fd: 1 | 2, { open, onFault, takesBytes }: OutputSettings): Output {
  let opened: NodeJS.WriteStream | null = null;
  const stream = (): NodeJS.WriteStream => (opened ??= open().on('error', onFault));
  return {
    stream,
    isTerminal: () => fstatSync(fd).isCharacterDevice() && stream().isTTY,
    write: (text) => {
      const isShort = takesBytes && opened === null && text.length <= PIPE_BYTES;
      const rest = isShort ? writeAtOnce(fd, Buffer.from(text), onFault) : text;
      if (rest.length > 0) stream().write(rest);
    },
  };
}

/** What could not be written without waiting for the reader. */
function writeAtOnce(fd: number, bytes: Buffer, onFault: (error: NodeJS.ErrnoException) => void): Buffer {
  let rest = bytes;
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(fd, rest));
  } catch (error) {
    const fault = error as NodeJS.ErrnoException;
    if (fault.code === 'EAGAIN') return rest;

    onFault(fault);
    return Buffer.alloc(0);
  }
  return rest;
}
