// The look of the consent pack: one column, dark and light, and on paper.
export const packStyle = `
:root { color-scheme: light dark; --ink: #1b1a19; --soft: #53504d; --paper: #fff; --tint: #f4f3f1; --line: #c9c6c3; --mark: #0b5a9e; --warn: #8a3b00 }
@media (prefers-color-scheme: dark) { :root { --ink: #f3f2f1; --soft: #c8c6c4; --paper: #1f1e1d; --tint: #2b2a29; --line: #55524f; --mark: #8cc4f8; --warn: #ffb689 } }
* { box-sizing: border-box }
body { margin: 0; font: 16px/1.5 "Segoe UI", system-ui, sans-serif; color: var(--ink); background: var(--paper) }
header, main, footer { max-width: 54rem; margin: 0 auto; padding: 0 1.25rem }
header { padding-top: 2rem }
h1, h2, h3, h4, p { overflow-wrap: anywhere }
h1 { font-size: 1.8rem; line-height: 1.25; margin: 0 0 .5rem }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line) }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .4rem }
h4 { font-size: 1rem; font-weight: 600; color: var(--soft); margin: 1rem 0 .25rem }
a { color: var(--mark) } a:focus-visible, pre:focus-visible, .wide:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px }
.skip { position: absolute; left: -99rem } .skip:focus { position: static }
.lead { font-size: 1.1rem; max-width: 46rem } .soft { color: var(--soft) }
.warn { border-left: 4px solid var(--warn); padding: .5rem 1rem; background: var(--tint) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 1rem 0 }
dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
li { margin: .3rem 0; overflow-wrap: anywhere }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-size: .95rem }
caption { text-align: left; color: var(--soft); padding-bottom: .4rem }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line) }
th code { white-space: nowrap; overflow-wrap: normal }
td ul { margin: 0; padding-left: 1.1rem } code, pre { font-family: "Cascadia Mono", Consolas, ui-monospace, monospace }
code { font-size: .9em; overflow-wrap: anywhere }
pre { background: var(--tint); border: 1px solid var(--line); border-radius: 4px; padding: .75rem 1rem; margin: .25rem 0; font-size: .82rem; line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere; user-select: all }
nav ol { columns: 2; padding-left: 1.25rem; margin: .5rem 0 } nav li { margin: 0 } nav a { display: inline-block; padding: .2rem 0 } footer { padding-bottom: 3rem; margin-top: 2.5rem }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr; gap: 0 } dd { margin-bottom: .5rem } nav ol { columns: 1 } }
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #333; --paper: #fff; --tint: #fff; --line: #999; --mark: #000; --warn: #000 }
  body { font-size: 10.5pt } nav, .skip { display: none } header, main, footer { max-width: none; padding: 0 }
  h2, h3, h4 { break-after: avoid } tr, li, dl { break-inside: avoid } main a[href^="http"]::after { content: " (" attr(href) ")" }
}
`
