// The seventeenth invoice: a 12 MB attachment, made at run time so that the repository stays small.
import { createCipheriv } from 'node:crypto'
import { headersOf } from './source/letter.ts'
import { makePdf } from './source/pdf.ts'

const scanBytes = 12 * 1024 * 1024
const lineLength = 76

/** One message with a valid PDF of a little over 12 MiB (17 MB as base64). The same bytes every time; about 40 ms. */
export function makeLargeMessage(): Uint8Array {
  const head = [
    ...headersOf({
      from: 'Ozean Fracht <freight@ozean-fracht.example>',
      subject: 'Invoice OF-4471 with all scans',
      at: [19, '05:45'],
    }),
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b-large"',
    '',
    '--b-large',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    'Twelve containers, every page scanned.',
    '--b-large',
    'Content-Type: application/pdf; name="OF-4471.pdf"',
    'Content-Disposition: attachment; filename="OF-4471.pdf"',
    'Content-Transfer-Encoding: base64',
    '',
    '',
  ].join('\r\n')
  return Buffer.concat([Buffer.from(head), base64Lines(makeScan()), Buffer.from('\r\n--b-large--\r\n')])
}

/** A PDF that carries 12 MiB of noise, which no compressor shrinks, as scans are. */
function makeScan(): Uint8Array {
  const lines = ['INVOICE OF-4471', '', 'For: Twelve containers', 'Amount due: EUR 44,710.00']
  return makePdf(lines, noise(scanBytes))
}

function noise(sizeBytes: number): Uint8Array {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(sizeBytes))
}

function base64Lines(bytes: Uint8Array): Buffer {
  const encoded = Buffer.from(Buffer.from(bytes).toString('base64'), 'latin1')
  const lines = Math.ceil(encoded.length / lineLength)
  const out = Buffer.alloc(encoded.length + (lines - 1) * 2, '\r\n')
  for (let line = 0; line < lines; line++)
    encoded.copy(out, line * (lineLength + 2), line * lineLength, (line + 1) * lineLength)
  return out
}
