// Messages that look like invoices (subject, attachments) and must not be answered: no PDF, or nobody to answer.
import { invoicePdf } from './answered.ts'
import { bot, headersOf, letter } from './letter.ts'
import type { Letter } from './letter.ts'
import { file, message, multipart, nested, text } from './mime.ts'

const zip = 'PK\x05\x06' + '\0'.repeat(18)
const pdf = (number: string) => file(invoicePdf(number, 'see text', 'EUR 1.00'), `${number}.pdf`)

const withoutPdf: Letter[] = [
  letter(
    '20-invoice-as-docx',
    'no-pdf',
    { from: 'Kontor <post@altes-kontor.example>', subject: 'Invoice 20 as a document', at: [3, '10:00'] },
    multipart('mixed', 'b-20', [
      text('In Word, as always.\n', { encoding: '7bit' }),
      file(zip, 'Invoice 20.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'),
    ]),
  ),
  letter(
    '21-invoice-double-extension',
    'no-pdf',
    { from: 'Rechnungsstelle <info@gluecksrad.example>', subject: 'Ihre Rechnung', at: [4, '02:14'] },
    multipart('mixed', 'b-21', [
      text('Bitte sofort öffnen!\n'),
      file('MZ not really a program', 'Rechnung-2026.pdf.exe', 'application/pdf'),
    ]),
  ),
  letter(
    '22-invoices-zipped',
    'no-pdf',
    { from: 'Ablage <ablage@papierberg.example>', subject: 'Invoices, zipped', at: [5, '09:30'] },
    multipart('mixed', 'b-22', [
      text('All of them.\n', { encoding: '7bit' }),
      file(zip, 'invoices.zip', 'application/zip'),
    ]),
  ),
  letter(
    '23-invoice-signed-no-pdf',
    'no-pdf',
    { from: 'Kanzlei <kanzlei@siegel.example>', subject: 'Invoice terms (signed)', at: [6, '16:00'] },
    multipart('signed', 'b-23', [
      text('We accept 14 days.\n', { encoding: '7bit' }),
      file('0\x80\x06\t*\x86H\x86\xf7\r\x01\x07\x02', 'smime.p7s', 'application/pkcs7-signature'),
    ]),
  ),
  letter(
    '24-invoice-winmail-dat',
    'no-pdf',
    { from: 'Altbau <office@altbau.example>', subject: 'Invoice in a winmail.dat', at: [7, '08:08'] },
    multipart('mixed', 'b-24', [
      text('See attachment.\n', { encoding: '7bit' }),
      file('\x78\x9f\x3e\x22\x01\x00', 'winmail.dat', 'application/ms-tnef'),
    ]),
  ),
]

const nobodyToAnswer: Letter[] = [
  letter(
    '30-auto-reply-with-pdf',
    'not-answered',
    {
      from: 'Accounts <accounts@urlaub.example>',
      subject: 'Automatic reply: Invoice 2026-1090',
      at: [8, '12:00'],
      more: ['Auto-Submitted: auto-replied', 'X-Auto-Response-Suppress: All', 'Precedence: auto_reply'],
    },
    multipart('mixed', 'b-30', [
      text('We are away. Our holiday times are attached.\n', { encoding: '7bit' }),
      pdf('holiday'),
    ]),
  ),
  letter(
    '31-list-mail-with-pdf',
    'not-answered',
    {
      from: 'Karl <karl@vereinsheim.example>',
      to: 'members@lists.vereinsheim.example',
      subject: '[members] Invoice template, second draft',
      at: [9, '20:15'],
      returnPath: 'members-bounces@lists.vereinsheim.example',
      more: [
        'List-Id: Members <members.lists.vereinsheim.example>',
        'List-Post: <mailto:members@lists.vereinsheim.example>',
        'Precedence: list',
        'Reply-To: members@lists.vereinsheim.example',
      ],
    },
    multipart('mixed', 'b-31', [text('What do you think?\n', { encoding: '7bit' }), pdf('template')]),
  ),
  letter(
    '32-newsletter-with-pdf',
    'not-answered',
    {
      from: 'Buchhaltung heute <news@buchhaltung-heute.example>',
      subject: 'E-Rechnung: das neue Heft',
      at: [10, '05:00'],
      returnPath: 'bounce-32@mailer.buchhaltung-heute.example',
      more: [
        'List-Unsubscribe: <https://buchhaltung-heute.example/u/32>, <mailto:leave@buchhaltung-heute.example>',
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
        'List-Id: <heft.buchhaltung-heute.example>',
        'Precedence: bulk',
      ],
    },
    multipart('mixed', 'b-32', [text('Das Heft liegt bei.\n'), pdf('heft-11')]),
  ),
  letter(
    '33-own-sender',
    'not-answered',
    { from: `Invoice Bot <${bot}>`, subject: 'Invoice kept for myself', at: [11, '11:11'] },
    multipart('mixed', 'b-33', [text('A note to self.\n', { encoding: '7bit' }), pdf('note')]),
  ),
  letter(
    '34-bounce-of-an-invoice',
    'not-answered',
    {
      from: 'Mail Delivery System <MAILER-DAEMON@mail.contoso.example>',
      subject: 'Undelivered Mail Returned to Sender: Invoice 2026-1090',
      at: [12, '01:01'],
      returnPath: '',
      more: ['Auto-Submitted: auto-replied'],
    },
    multipart('report', 'b-34', [
      text('The address <gone@nirgends.example> does not exist.\n', { encoding: '7bit' }),
      {
        headers: ['Content-Type: message/delivery-status'],
        body: 'Reporting-MTA: dns; mail.contoso.example\r\n\r\nFinal-Recipient: rfc822; gone@nirgends.example\r\nAction: failed\r\nStatus: 5.1.1\r\n',
      },
      nested(
        message(
          headersOf({
            from: bot,
            to: 'gone@nirgends.example',
            subject: 'Invoice 2026-1090',
            at: [12, '01:00'],
          }),
          multipart('mixed', 'inner-34', [text('Our invoice.\n', { encoding: '7bit' }), pdf('2026-1090')]),
        ),
      ),
      pdf('delivery-report'),
    ]),
  ),
  letter(
    '35-system-notice-with-pdf',
    'not-answered',
    {
      from: 'ERP <no-reply@erp.contoso.example>',
      subject: 'Invoice run finished',
      at: [13, '00:30'],
      more: ['Auto-Submitted: auto-generated'],
    },
    multipart('mixed', 'b-35', [text('3 documents, 0 errors.\n', { encoding: '7bit' }), pdf('protocol')]),
  ),
  letter(
    '36-no-sender-at-all',
    'not-answered',
    {
      from: 'nobody@nowhere.example',
      subject: 'Invoice without a sender',
      at: [14, '04:04'],
      returnPath: '',
      without: ['From'],
    },
    multipart('mixed', 'b-36', [text('Who am I?\n', { encoding: '7bit' }), pdf('anonymous')]),
  ),
]

export const inScopeUnanswered: readonly Letter[] = [...withoutPdf, ...nobodyToAnswer]
