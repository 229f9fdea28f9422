import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'node-html-parser'
import { drawCast } from './make-tour-picture.ts'

test('a cast shows every line once, escapes markup, and scrolls what does not fit', () => {
  const lines = Array.from({ length: 50 }, (_, n) => ({ text: `line ${n} <b>&amp;`, atMs: n * 10 }))
  const svg = drawCast('npm start', lines)
  const texts = parse(svg).querySelectorAll('text')
  assert.equal(texts.length, 51)
  assert.equal(texts[50]!.rawText, 'line 49 &lt;b&gt;&amp;amp;')
  assert.match(svg, /100%\{transform:translateY\(-342px\)\}/)
})

test('a long line is wrapped at a space and keeps its indentation', () => {
  const svg = drawCast('npm start', [{ text: `      ${'word '.repeat(40).trim()}`, atMs: 0 }])
  const texts = parse(svg)
    .querySelectorAll('text')
    .map((one) => one.rawText)
  assert.ok(texts.every((text) => text.length <= 100))
  assert.ok(texts.slice(2).every((text) => text.startsWith('        word')))
})
