/** The page's style sheet: light and dark, wide and narrow, on paper. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #f7f6f3; --card: #ffffff; --ink: #1d1d1f; --soft: #6b6a66; --faint: #a3a19b; --edge: #e5e3dd;
  --train: #2b6cb0; --held: #d4572a; --good: 43 108 176; --bad: 212 87 42;
  --shadow: 0 1px 2px rgb(30 25 15 / .05), 0 8px 24px -12px rgb(30 25 15 / .10);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #121316; --card: #1b1d21; --ink: #ececea; --soft: #a0a09b; --faint: #6c6d70; --edge: #2c2f35;
    --train: #74b0f4; --held: #ff9468; --good: 84 150 230; --bad: 240 120 75;
    --shadow: none;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 400 16px/1.5 "Inter", ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue",
    sans-serif;
  font-feature-settings: "cv11", "ss03"; text-rendering: optimizeLegibility;
}
main { max-width: 1120px; margin: 0 auto; padding: clamp(24px, 5vw, 64px) clamp(16px, 4vw, 40px) 48px; }
h1, h2, h3, p, figure, dl, dd { margin: 0; }
h1 { font-size: clamp(28px, 4.4vw, 44px); line-height: 1.1; letter-spacing: -.022em; font-weight: 680; }
h2 { font-size: 20px; letter-spacing: -.012em; font-weight: 640; margin: clamp(36px, 5vw, 56px) 0 4px; }
h3 { font-size: 15px; font-weight: 620; letter-spacing: -.005em; }
small { font-size: 13px; font-weight: 400; color: var(--soft); letter-spacing: 0; }
.lead { color: var(--soft); max-width: 62ch; margin-top: 10px; }
.about { color: var(--soft); font-size: 14px; max-width: 68ch; margin-bottom: 16px; }
.card {
  background: var(--card); border: 1px solid var(--edge); border-radius: 14px; box-shadow: var(--shadow);
}
.number, td, .facts b, .tip b, .keys b { font-variant-numeric: tabular-nums; }

.facts {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); margin-top: 32px;
  overflow: hidden;
}
.facts > div { padding: 16px 20px 18px; box-shadow: 1px 1px 0 var(--edge); }
.facts dt { font-size: 13px; color: var(--soft); }
.facts dd {
  font-size: 22px; font-weight: 620; letter-spacing: -.018em; line-height: 1.3;
  font-variant-numeric: tabular-nums;
}
.facts > div:first-child dd { color: var(--train); }

.charts {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 20px;
  margin-top: 20px;
}
.chart {
  background: var(--card); border: 1px solid var(--edge); border-radius: 14px; box-shadow: var(--shadow);
  padding: 18px 20px 10px; min-width: 0;
}
.chart figcaption {
  display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 16px; align-items: baseline;
  margin-bottom: 10px;
}
.keys { display: flex; flex-wrap: wrap; gap: 2px 16px; }
.key { font-size: 13px; color: var(--soft); white-space: nowrap; }
.key::before {
  content: ""; display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 7px;
  vertical-align: 3px; background: currentColor;
}
.key.train::before { background: var(--train); } .key.held-out::before { background: var(--held); }
.key b { color: var(--ink); font-weight: 600; }
.plot { position: relative; touch-action: pan-y; cursor: crosshair; }
.plot svg { display: block; width: 100%; height: auto; overflow: visible; }
.grid { stroke: var(--edge); stroke-width: 1; }
.tick { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.line { fill: none; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round; }
.line.train, .dot.train { stroke: var(--train); } .line.held-out, .dot.held-out { stroke: var(--held); }
.dot.train, .mark.train { fill: var(--train); } .dot.held-out, .mark.held-out { fill: var(--held); }
.mark { stroke: var(--card); stroke-width: 2; }
.rule { stroke: var(--faint); stroke-width: 1; stroke-dasharray: 3 3; }
.tip {
  position: absolute; top: 8px; pointer-events: none; background: var(--card); border: 1px solid var(--edge);
  border-radius: 10px; padding: 8px 12px; display: grid; gap: 2px; font-size: 13px;
  box-shadow: 0 6px 24px -8px rgb(0 0 0 / .25);
}
.tip[hidden] { display: none; }

.confusion { padding: 20px; overflow-x: auto; }
.confusion table {
  border-collapse: separate; border-spacing: 3px; width: 100%; table-layout: fixed; font-size: 14px;
  min-width: calc(44px * var(--classes) + 80px);
}
.confusion td, .confusion th {
  text-align: center; height: 36px; padding: 0; border-radius: 6px; font-weight: 500;
}
.confusion th { color: var(--soft); font-weight: 560; }
.confusion td.zero { color: var(--faint); background: rgb(128 128 128 / .05); }
.confusion td.hit { background: rgb(var(--good) / calc(.12 + .78 * var(--share))); }
.confusion td.miss { background: rgb(var(--bad) / calc(.10 + .70 * var(--share))); }
.confusion td.strong { color: #fff; }
.confusion .recall {
  width: 5em; color: var(--soft); font-weight: 400; background: none; font-size: 13px; white-space: nowrap;
}
.confusion .corner {
  width: 6em; font-size: 12px; line-height: 1.25; font-weight: 400; text-align: left; white-space: nowrap;
}

.mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); gap: 12px; }
.mistake { overflow: hidden; }
.mistake img {
  display: block; width: 100%; aspect-ratio: 1; image-rendering: pixelated; padding: 10px;
  background: rgb(128 128 128 / .04); border-bottom: 1px solid var(--edge);
}
@media (prefers-color-scheme: dark) {
  .mistake img { filter: invert(1); background: none; border-bottom-color: #d3d0ca; }
}
.mistake figcaption { padding: 9px 13px 11px; line-height: 1.35; font-size: 14px; }
.mistake strong { font-weight: 640; }
.mistake em { font-style: normal; font-weight: 640; color: var(--held); }
.mistake small {
  display: flex; justify-content: space-between; font-size: 12px; font-variant-numeric: tabular-nums;
}

.columns { display: grid; grid-template-columns: 3fr 2fr; gap: 20px; align-items: start; }
.list { padding: 6px 20px; overflow-x: auto; }
.list table { border-collapse: collapse; width: 100%; font-size: 14px; }
.list th { text-align: left; font-weight: 500; color: var(--soft); font-size: 13px; }
.list th, .list td {
  padding: 9px 14px 9px 0; border-bottom: 1px solid var(--edge); vertical-align: baseline;
}
.list tr:last-child > * { border-bottom: 0; }
.list .right { text-align: right; padding-right: 0; }
.list tfoot td, .list tfoot th { font-weight: 620; color: var(--ink); }
.list th, code { white-space: nowrap; }
code { font: 13px/1.4 ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace; }
footer { margin-top: 48px; color: var(--soft); font-size: 13px; }
@media (max-width: 860px) { .columns { grid-template-columns: 1fr; } }
@media (max-width: 520px) {
  .facts { grid-template-columns: 1fr 1fr; }
  .facts > div:last-child:nth-child(odd) { grid-column: 1 / -1; }
  .mistakes { grid-template-columns: repeat(3, 1fr); gap: 8px; }
  .mistake figcaption { padding: 7px 9px 9px; font-size: 13px; }
  .mistake img { padding: 6px; }
  .mistake .row { display: none; }
  .tick { font-size: 15px; }
  .confusion { padding: 12px; }
  .confusion table { font-size: 12px; min-width: calc(22px * var(--classes) + 116px); border-spacing: 2px; }
  .confusion td, .confusion th { height: 30px; }
  .confusion td { font-size: 10px; }
  .confusion .corner, .confusion .recall { width: 4.1em; font-size: 11px; }
  .confusion .corner { width: 5.9em; }
}
@media print { body { background: #fff; } .card, .chart { break-inside: avoid; box-shadow: none; } }
`
