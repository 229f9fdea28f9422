// The three standard streams without Node's stream objects: those take a tenth of a short command's time to make.
import { fstatSync, writeSync } from 'node:fs'

/** Writes all of the text before it returns. A reader that has gone (`letterlock mail list | head`) is no error. */
export function writeNow(fd: 1 | 2, text: string): void {
  // A stream that exists may still hold what was written before: what comes after goes the same way.
  if (streams.has(fd)) return void streamOf(fd).write(text)
  let rest = Buffer.from(text)
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return leaveIfClosed(error)
      // A pipe that is full for now and does not block: the stream object waits for it.
      streamOf(fd).write(rest)
      return
    }
  }
}

/** Whether a person sits at it. The stream object is asked only where it can be: at a character device. */
export function isTerminal(fd: 0 | 1 | 2): boolean {
  try {
    if (!fstatSync(fd).isCharacterDevice()) return false
  } catch {
    return false
  }
  return fd === 0 ? process.stdin.isTTY === true : streamOf(fd).isTTY
}

const streams = new Set<1 | 2>()

/** Node's own stream, for who needs one: made at the first call. */
export function streamOf(fd: 1 | 2): NodeJS.WriteStream {
  const stream = fd === 1 ? process.stdout : process.stderr
  if (!streams.has(fd)) stream.on('error', leaveIfClosed)
  streams.add(fd)
  return stream
}

/** A pipe says EPIPE; a socket pair, which Node gives its children, ECONNRESET when something was left unread. */
function leaveIfClosed(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'EPIPE' || code === 'ECONNRESET') process.exit(0)
  throw error
}
