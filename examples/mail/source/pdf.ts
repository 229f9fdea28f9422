// Writes small, valid PDF 1.4 files: one page, Helvetica, a correct cross-reference table. ISO 32000-1, 7.5.

/** One page of text lines as a PDF; `ballast` is kept in a stream object of its own (a scan, say). */
export function makePdf(lines: readonly string[], ballast?: Uint8Array): Uint8Array {
  const text = lines.map((line) => `(${escapeText(line)}) Tj T*`).join('\n')
  const content = `BT /F1 11 Tf 56 780 Td 15 TL\n${text}\nET`
  const objects: (string | Uint8Array)[][] = [
    ['<< /Type /Catalog /Pages 2 0 R >>'],
    ['<< /Type /Pages /Kids [3 0 R] /Count 1 >>'],
    [
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R ',
      '/Resources << /Font << /F1 5 0 R >> >> >>',
    ],
    [`<< /Length ${content.length} >>\nstream\n${content}\nendstream`],
    ['<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>'],
  ]
  if (ballast) objects.push([`<< /Length ${ballast.length} >>\nstream\n`, ballast, '\nendstream'])
  return assemble(objects)
}

function assemble(objects: readonly (string | Uint8Array)[][]): Uint8Array {
  const chunks: Uint8Array[] = []
  const offsets: number[] = []
  let size = 0
  const write = (part: string | Uint8Array): void => {
    const chunk = typeof part === 'string' ? Buffer.from(part, 'latin1') : part
    chunks.push(chunk)
    size += chunk.length
  }
  write('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n')
  for (const [index, parts] of objects.entries()) {
    offsets.push(size)
    write(`${index + 1} 0 obj\n`)
    parts.forEach(write)
    write('\nendobj\n')
  }
  const start = size
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  write(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`)
  write(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`)
  return Buffer.concat(chunks)
}

function escapeText(line: string): string {
  return line.replaceAll(/[\\()]/g, '\\$&')
}
