/** The report's look: ink on paper, for a screen and for A4. No script, no font and no picture from elsewhere. */
export const REPORT_STYLE = `
:root { --ink: #20262b; --soft: #59626a; --line: #d7dbde; --faint: #f5f6f5; --ref: #0d5c5e;
  --supported: #1b6b43; --partial: #8a5a00; --missing: #a3282f; --not-applicable: #69727a; --not-yet: #5b4f9c; }
* { box-sizing: border-box; }
html { background: #e9ebea; }
body { margin: 0; color: var(--ink); font: 13px/1.5 "IBM Plex Sans", "Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
main { max-width: 210mm; margin: 24px auto; padding: 20mm 18mm; background: #fdfdfc; border: 1px solid var(--line); }
h1 { font-size: 30px; line-height: 1.2; font-weight: 600; letter-spacing: -.01em; margin: 0 0 6px; }
h2 { font-size: 19px; line-height: 1.3; font-weight: 600; margin: 44px 0 10px; padding-top: 10px;
  border-top: 1px solid var(--ink); break-after: avoid; }
h3 { font-size: 15px; font-weight: 600; margin: 28px 0 6px; break-after: avoid; }
h4 { font-size: 13px; font-weight: 600; margin: 20px 0 4px; color: var(--soft); break-after: avoid; }
p { margin: 0 0 8px; max-width: 80ch; }
a { color: var(--ref); text-decoration: none; border-bottom: 1px solid #b9cfcf; }
code, .mono { font: 11.5px/1.5 "IBM Plex Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.eyebrow { color: var(--soft); letter-spacing: .08em; text-transform: uppercase; font-size: 11px; margin-bottom: 18px; }
.lead { font-size: 16px; color: var(--soft); margin-bottom: 28px; }
.note { border-left: 3px solid var(--ref); background: var(--faint); padding: 10px 14px; margin: 18px 0; max-width: none; }
blockquote { margin: 6px 0; padding-left: 12px; border-left: 2px solid var(--line); }
dl { display: grid; grid-template-columns: 44mm 1fr; margin: 12px 0; border-top: 1px solid var(--line); }
dt, dd { padding: 5px 0; margin: 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
dt { color: var(--soft); padding-right: 12px; }
table { border-collapse: collapse; width: 100%; margin: 10px 0; table-layout: fixed; }
th, td { text-align: left; vertical-align: top; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--soft); border-bottom-color: var(--soft); }
thead { display: table-header-group; }
tr { break-inside: avoid; }
td.n, th.n { text-align: right; padding-right: 12px; }
.figures { margin: 0; } .figures td { border: 0; padding: 0 10px 0 0; }
.figures td:nth-child(2) { width: 40mm; } .figures td:last-child { width: 30mm; }
.claim { display: grid; grid-template-columns: 31mm 1fr 29mm; gap: 0 12px; padding: 8px 0;
  border-bottom: 1px solid var(--line); break-inside: avoid; }
.claim .where { font-weight: 600; }
.claim .title { font-weight: 600; }
.claim .asks { color: var(--soft); }
.claim p { margin: 2px 0; }
.refs { font-size: 11.5px; color: var(--soft); line-height: 1.7; } .refs span { white-space: nowrap; margin-right: 12px; }
.claim.quiet .asks, .claim.quiet p { color: var(--soft); }
.state { white-space: nowrap; font-weight: 600; }
.state::before { display: inline-block; width: 17px; text-align: left; font-weight: 400; }
.supported { color: var(--supported); } .supported::before { content: "\\25CF"; }
.partial { color: var(--partial); } .partial::before { content: "\\25D0"; }
.missing { color: var(--missing); } .missing::before { content: "\\25C7"; }
.not-applicable { color: var(--not-applicable); } .not-applicable::before { content: "\\2013"; }
.not-yet { color: var(--not-yet); } .not-yet::before { content: "\\25CB"; }
.decision { border: 1px solid var(--line); padding: 12px 14px; margin: 12px 0; break-inside: avoid; }
.toc { columns: 2; margin: 24px 0 0; padding: 0; list-style: none; } .toc li { margin: 0 0 4px; }
@media (max-width: 700px) {
  main { padding: 20px 16px; } .claim, dl { grid-template-columns: 1fr; } dt { border: 0; padding-bottom: 0; }
}
@media print {
  @page { size: A4; margin: 16mm 16mm 18mm;
    @bottom-right { content: counter(page) " of " counter(pages); font-size: 9px; color: #59626a; } }
  html { background: none; } main { margin: 0; padding: 0; border: 0; max-width: none; background: none; }
  body { font-size: 10.5px; } code, .mono, .refs { font-size: 9px; }
  .figures td:nth-child(2) { width: 35mm; } .figures td:last-child { width: 24mm; }
  h1 { font-size: 28px; } h2 { font-size: 16px; } h3 { font-size: 13px; } h4 { font-size: 11px; }
  .cover { min-height: 240mm; } .cover + h2, h2.page { break-before: page; border-top: 0; margin-top: 0; padding-top: 0; }
  a { border-bottom: 0; }
}
`
