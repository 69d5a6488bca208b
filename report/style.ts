/** The page's style: light or dark as the reader's system is, and in black on white on paper. */
export const style = `
:root {
    color-scheme: light dark;
    --text: light-dark(#1b1f24, #e6e9ec);
    --muted: light-dark(#57606a, #9aa4ae);
    --page: light-dark(#ffffff, #14171a);
    --surface: light-dark(#f4f6f8, #1f2429);
    --line: light-dark(#c3cad1, #47505a);
    --ok: light-dark(#116329, #56d364);
    --bad: light-dark(#b3261e, #ff8a80);
    --due: light-dark(#7a5200, #e3b341);
}
* { box-sizing: border-box }
body { margin: 0 auto; padding: 2rem; max-width: 80rem; background: var(--page); color: var(--text);
    font: 16px/1.5 system-ui, sans-serif }
h1, h2 { line-height: 1.2; text-wrap: balance }
h1 { margin: 0 }
h2 { margin: 2.5rem 0 0.75rem; font-size: 1.25rem }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere }
p.when { margin: 0.25rem 0 0; color: var(--muted) }
ol.findings { margin: 0; padding: 0; list-style: none }
ol.findings li { margin: 0 0 0.5rem; padding: 0.5rem 0.75rem; background: var(--surface); border-left: 4px solid var(--line) }
ol.findings li.fault { border-color: var(--bad) }
ol.findings li.due { border-color: var(--due) }
.severity { margin-right: 0.5rem; font-weight: 600 }
.fault .severity, .bad { color: var(--bad) }
.due .severity { color: var(--due) }
.ok { color: var(--ok) }
.scroll { overflow-x: auto }
svg { display: block; max-width: 100%; height: auto }
svg text { fill: var(--text); font-family: Helvetica, Arial, sans-serif }
svg .node text:first-of-type { font-weight: 600 }
svg .node path { fill: var(--surface); stroke: var(--line) }
svg .root.signs path { stroke: var(--text); stroke-width: 2 }
svg .fault path, svg .due path, svg .under-way path { stroke: var(--due); stroke-width: 2 }
svg .fault path { stroke: var(--bad) }
svg .edge path, svg .edge polygon { stroke: var(--muted) }
svg .edge polygon { fill: var(--muted) }
svg .ok path, svg .ok polygon { stroke: var(--ok) }
svg .ok polygon { fill: var(--ok) }
svg .bad path, svg .bad polygon { stroke: var(--bad); stroke-width: 2 }
svg .bad polygon, svg .bad text { fill: var(--bad) }
figure { margin: 0 }
figcaption { margin-top: 0.5rem; color: var(--muted) }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: 0.25rem 0.6rem; border: 1px solid var(--line); text-align: left }
thead th { background: var(--surface) }
.matrix td { text-align: center }
.matrix.many th, .matrix.many td { padding: 0 0.15rem; font-size: 0.7rem }
.matrix.many thead th, .matrix.many td.bad { writing-mode: vertical-rl }
.matrix td.bad { background: color-mix(in srgb, var(--bad) 20%, transparent); font-weight: 600 }
@media print {
    :root { color-scheme: light }
    body { padding: 0; max-width: none; font-size: 11pt }
    h2 { break-after: avoid }
    tr, li, figure { break-inside: avoid }
    .scroll { overflow: visible }
}
`;
