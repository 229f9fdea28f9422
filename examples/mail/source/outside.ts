// Messages with nothing to book: no attachment, or another subject. They must stay as they are.
import { invoicePdf } from './answered.ts'
import { bot, headersOf, letter } from './letter.ts'
import type { Letter } from './letter.ts'
import { logo } from './logo.ts'
import { extendedName, file, inlineImage, message, multipart, text, words } from './mime.ts'
import type { Part } from './mime.ts'

const plain = (content: string): Part => text(content, { encoding: '7bit' })
const lunch = '<lunch.1@contoso.example>'

const people: Letter[] = [
  letter(
    '40-question-about-an-invoice',
    'outside',
    { from: 'post@hopper-shipping.example', subject: 'Question about invoice 5521', at: [7, '09:00'] },
    plain('Did it arrive?\n'),
  ),
  letter(
    '41-thread-first',
    'outside',
    { from: 'Ada Lovelace <ada@contoso.example>', subject: 'Lunch on Thursday', at: [9, '10:00'], id: lunch },
    plain('Shall we?\n'),
  ),
  letter(
    '42-thread-second',
    'outside',
    {
      from: 'Grace Hopper <grace@contoso.example>',
      subject: 'Re: Lunch on Thursday',
      at: [9, '10:20'],
      id: '<lunch.2@contoso.example>',
      inReplyTo: lunch,
      references: lunch,
    },
    plain('Gladly.\n\n> Shall we?\n'),
  ),
  letter(
    '43-thread-third',
    'outside',
    {
      from: 'Ada Lovelace <ada@contoso.example>',
      subject: 'Re: Lunch on Thursday',
      at: [9, '10:21'],
      inReplyTo: '<lunch.2@contoso.example>',
      references: `${lunch} <lunch.2@contoso.example>`,
    },
    text('12:30 then.\n\n>> Shall we?\n> Gladly.\n', {
      type: 'text/plain; format=flowed; delsp=yes',
      encoding: '7bit',
    }),
  ),
  letter(
    '44-scan-with-nameless-pdf',
    'outside',
    { from: 'Scanner <scanner@drei-eichen.example>', subject: 'Scan from 3rd floor', at: [10, '14:00'] },
    multipart('mixed', 'b-44', [
      plain('Scanned.\n'),
      {
        headers: ['Content-Type: application/pdf', 'Content-Transfer-Encoding: base64'],
        body: Buffer.from(invoicePdf('scan', 'scan', 'EUR 0.00')).toString('base64'),
      },
    ]),
  ),
  letter(
    '45-photo',
    'outside',
    { from: 'grace@contoso.example', subject: 'The moth', at: [11, '18:18'] },
    multipart('mixed', 'b-45', [
      plain('Found it.\n'),
      file(logo, extendedName('Motte – Relais 70.png'), 'image/png'),
    ]),
  ),
  letter(
    '46-inline-picture-only',
    'outside',
    {
      from: 'Nordwind Energie <service@nordwind.example>',
      subject: 'New logo on every invoice',
      at: [12, '09:45'],
    },
    multipart('related', 'b-46', [
      text('<html><body><p>Our new logo:</p><img src="cid:logo-46@nordwind.example"></body></html>', {
        type: 'text/html',
      }),
      inlineImage(logo, 'logo-46@nordwind.example', 'logo.png'),
    ]),
  ),
  letter(
    '47-group-address',
    'outside',
    {
      from: 'ada@contoso.example',
      to: 'undisclosed-recipients:;',
      subject: 'Office closed on Friday',
      at: [12, '15:00'],
    },
    plain('All day.\n'),
  ),
  letter(
    '48-many-recipients',
    'outside',
    {
      from: 'grace@contoso.example',
      to: Array.from({ length: 40 }, (_, n) => `Guest ${n} <guest${n}@contoso.example>`).join(', '),
      cc: `Team: ada@contoso.example, ${bot};`,
      subject: 'Who brings cake?',
      at: [13, '09:09'],
    },
    plain('Not all of you.\n'),
  ),
]

const machines: Letter[] = [
  letter(
    '50-newsletter-one-click',
    'outside',
    {
      from: 'Wetterpost <post@wetterpost.example>',
      subject: words('Wochenende: Föhn und Nebel'),
      at: [5, '06:00'],
      more: [
        'List-Unsubscribe: <https://wetterpost.example/u/50>',
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
        'Precedence: bulk',
        'Feedback-ID: 50:wetterpost',
      ],
    },
    text(
      '<html><body><table><tr><td><img src="https://tracker.example/p.gif" width=1 height=1>Föhn.</td></tr></table></body></html>',
      { type: 'text/html' },
    ),
  ),
  letter(
    '51-newsletter-list-id',
    'outside',
    {
      from: 'Node Weekly Digest <digest@weekly.example>',
      subject: 'Digest 612',
      at: [6, '06:00'],
      more: [
        'List-Id: <digest.weekly.example>',
        'List-Unsubscribe: <mailto:leave@weekly.example>',
        'Precedence: list',
      ],
    },
    multipart('alternative', 'b-51', [
      text('Nine links.\n'),
      text('<ol><li>Nine links</li></ol>', { type: 'text/html' }),
    ]),
  ),
  letter(
    '52-newsletter-says-invoice',
    'outside',
    {
      from: 'Rabatt <deals@rabatt.example>',
      subject: 'Never write an invoice again: -70%',
      at: [7, '06:00'],
      more: ['List-Unsubscribe: <https://rabatt.example/u>', 'Precedence: junk'],
    },
    text('<html><body><script>setInterval(()=>alert(1))</script><h1>70%</h1></body></html>', {
      type: 'text/html',
    }),
  ),
  letter(
    '53-out-of-office',
    'outside',
    {
      from: 'Ada Lovelace <ada@contoso.example>',
      subject: 'Automatic reply: Booked',
      at: [13, '10:00'],
      more: ['Auto-Submitted: auto-replied', 'X-Auto-Response-Suppress: All'],
    },
    plain('I am at sea until Monday.\n'),
  ),
  letter(
    '54-vacation-unix',
    'outside',
    {
      from: 'kasse@drei-eichen.example',
      subject: 'away from my mail Re: Rechnung 1203',
      at: [14, '10:00'],
      returnPath: '',
      more: ['Auto-Submitted: auto-replied (vacation)', 'Precedence: bulk'],
    },
    plain('Gone fishing.\n'),
  ),
  letter(
    '55-bounce-empty-return-path',
    'outside',
    {
      from: 'Mail Delivery Subsystem <mailer-daemon@mx.nirgends.example>',
      subject: 'Delivery Status Notification (Failure)',
      at: [15, '03:00'],
      returnPath: '',
    },
    multipart('report', 'b-55', [
      plain('550 5.1.1 no such user\n'),
      {
        headers: ['Content-Type: text/rfc822-headers'],
        body: 'From: invoice.bot@contoso.example\r\nSubject: Booked\r\n',
      },
    ]),
  ),
  letter(
    '56-calendar-invitation',
    'outside',
    { from: 'grace@contoso.example', subject: 'Invitation: budget review', at: [16, '08:00'] },
    multipart('alternative', 'b-56', [
      plain('Budget review, Thursday 14:00.\n'),
      text(
        'BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:56@contoso.example\nDTSTART:20261119T130000Z\nSUMMARY:Budget review\nEND:VEVENT\nEND:VCALENDAR\n',
        { type: 'text/calendar; method=REQUEST', encoding: '7bit' },
      ),
    ]),
  ),
]

const broken: Letter[] = [
  letter(
    '60-broken-charset-label',
    'outside',
    {
      from: 'post@zeichensalat.example',
      subject: '=?utf-9?Q?Gr=FC=DFe?= =?utf-8?B?4pyT?=',
      at: [17, '07:00'],
    },
    text('Grüße, als latin1 geschrieben und utf-8 genannt\n', {
      charset: 'iso-8859-1',
      label: 'utf-8',
      encoding: '8bit',
    }),
  ),
  {
    file: '61-no-closing-boundary.eml',
    fate: 'outside',
    content: message(
      headersOf({ from: 'abriss@zeichensalat.example', subject: 'Cut off in the middle', at: [17, '07:10'] }),
      multipart('alternative', 'b-61', [plain('The rest is miss'), plain('')]),
    ).replace('--b-61--\r\n', ''),
  },
  {
    file: '62-bare-line-feeds.eml',
    fate: 'outside',
    content: message(
      headersOf({ from: 'cron@werkstatt.example', subject: 'Cron <root> nightly', at: [18, '03:00'] }),
      plain('ok\n.\nFrom the script\n'),
    ).replaceAll('\r\n', '\n'),
  },
  letter(
    '63-raw-utf8-headers',
    'outside',
    {
      from: `${Buffer.from('Jürgen Größe').toString('latin1')} <juergen@bergmann-verlag.example>`,
      subject: Buffer.from('Grüße – ohne Kodierung').toString('latin1'),
      at: [19, '09:00'],
    },
    text('RFC 6532.\n', { encoding: '8bit' }),
  ),
  letter(
    '64-no-date-no-message-id',
    'outside',
    {
      from: 'old.device@werkstatt.example',
      subject: 'Temperature',
      at: [20, '09:00'],
      without: ['Date', 'Message-ID'],
    },
    { headers: [], body: '21.5\r\n' },
  ),
  letter(
    '65-uuencoded',
    'outside',
    { from: 'relic@werkstatt.example', subject: 'From 1994', at: [21, '09:00'] },
    { headers: [], body: 'begin 644 hello.txt\r\n%:&5L;&\\\r\n`\r\nend\r\n' },
  ),
  letter(
    '66-empty-body-and-subject',
    'outside',
    { from: 'leer@zeichensalat.example', subject: '', at: [22, '09:00'] },
    { headers: ['Content-Type: text/plain'], body: '' },
  ),
  letter(
    '67-twelve-multiparts-deep',
    'outside',
    { from: 'matrjoschka@zeichensalat.example', subject: 'Inside, inside', at: [23, '09:00'] },
    Array.from({ length: 12 }, (_, n) => n).reduce<Part>(
      (part, n) => multipart('mixed', `deep-${n}`, [part]),
      plain('Found.\n'),
    ),
  ),
  letter(
    '68-terminal-escapes',
    'outside',
    {
      from: `${words('\u001b]0;owned\u0007Eve\u001b[2J')} <eve@paperclip.example>`,
      subject: words('\u001b[2J\u001b[1;1Hletterlock: all done'),
      at: [24, '09:00'],
    },
    text('\u001b[31mred\u001b[0m\u009b2J\n'),
  ),
]

export const outside: readonly Letter[] = [...people, ...machines, ...broken]
