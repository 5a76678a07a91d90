import { escapeHtml } from '../report/html.js'
import { STYLE } from '../report/style.js'
import { grouped, percent } from '../text.js'
import { byCause } from './causes.js'
import { flameChart } from './flame.js'
import type { KernelProfile, Profile } from './measure.js'
import { boundNames, profileFacts, showCause, showTime, speedOf } from './table.js'

/**
 * A profile as the text of one HTML file, which needs no network and has no script: a flame chart of one
 * step, the time by layer, a table of kernels, and the peaks of the machine.
 *
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises'
 * import { dense, input, profile, renderProfile, sequential } from 'densor'
 *
 * const model = sequential(input(784), dense(10, 'softmax'))
 * await writeFile('profile.html', renderProfile(await profile(model, { seconds: 0.2 })))
 * ```
 */
export const renderProfile = (profile: Profile): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(titleOf(profile))}</title>
<style>${STYLE}${PROFILE_STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(titleOf(profile))}</h1>
<p class="lead">${escapeHtml(leadOf(profile))}</p>
<dl class="facts card">${headlines(profile)
  .map(([k, v]) => `<div><dt>${escapeHtml(k)}</dt><dd>${escapeHtml(v)}</dd></div>`)
  .join('')}</dl>
</header>
<section>
<h2>One step</h2>
<p class="about">From left to right in time: above the layers, below their kernels, as wide as the time they take.
Hold the pointer over one for its figures.</p>
<div class="flame card">${flameChart(profile)}</div>
<p class="keys flame-keys">
<span class="key contraction">products</span>
<span class="key loops">loops</span>
<span class="key copy">copies</span>
</p>
</section>
${causesSection(profile)}
${kernelsSection(profile)}
${machineSection(profile)}
<footer>Written by densor. This page loads nothing from anywhere.</footer>
</main>
</body>
</html>
`

const titleOf = ({ model, step }: Profile): string => `${model}: a step of ${step}`

const leadOf = ({ batch, kernels, target, seconds, peaks }: Profile): string => {
  const flops = kernels.reduce((n, kernel) => n + kernel.flops, 0)
  const share = percent(flops / seconds / peaks.flops, 0)
  const samples = `${grouped(batch)} ${batch === 1 ? 'sample' : 'samples'}`
  return [
    `${samples} in ${kernels.length} kernels for ${target}, on one thread.`,
    `Together they reach ${share} of this machine's peak of multiply-adds in registers.`,
  ].join(' ')
}

const headlines = (profile: Profile): readonly (readonly [string, string])[] => {
  const [longest] = sorted(profile.kernels)
  return [
    ['One step', showTime(profile.stepSeconds)],
    ['Samples a second', grouped(profile.batch / profile.stepSeconds)],
    ['Sum of its kernels', showTime(profile.seconds)],
    ['Longest kernel', longest === undefined ? '–' : percent(longest.share, 0)],
  ]
}

const sorted = (kernels: readonly KernelProfile[]): readonly KernelProfile[] =>
  [...kernels].sort((a, b) => b.seconds - a.seconds)

const bar = (share: number, tone: string): string =>
  `<span class="bar ${tone}" style="--share:${share.toFixed(4)}"></span>`

const causesSection = ({ kernels }: Profile): string => {
  const all = byCause(kernels)
  const longest = Math.max(...all.map(cause => cause.share))
  const rows = all.map(
    ({ cause, share, seconds }) =>
      `<tr>
<td>${escapeHtml(cause.path)}</td>
<td class="soft">${escapeHtml(cause.kind ?? '')}</td>
<td class="soft"><code>${escapeHtml(cause.line ?? '')}</code></td>
<td class="wide">${bar(share / longest, 'cause')}</td>
<td class="right">${percent(share)}</td>
<td class="right">${showTime(seconds)}</td>
</tr>`,
  )
  return `<section>
<h2>Time by layer</h2>
<p class="about">Forward and backward together. The time of a kernel that several layers share is divided equally
between them.</p>
<div class="list card"><table class="profile">
<thead><tr>
<th>Layer</th><th>Type</th><th>Line</th><th class="wide"></th><th class="right">Share</th><th class="right">Time</th>
</tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>
</section>`
}

const kernelsSection = ({ kernels }: Profile): string => {
  const order = sorted(kernels)
  const longest = order[0]?.share ?? 1
  const rows = order.map(kernel => {
    const layers = kernel.causes.map(cause => escapeHtml(showCause(cause))).join('<br>')
    return `<tr>
<td title="${escapeHtml(kernel.equations.join(', '))}">${escapeHtml(kernel.name)}</td>
<td class="wide">${bar(kernel.share / longest, kernel.kind)}</td>
<td class="right">${percent(kernel.share)}</td>
<td class="right">${showTime(kernel.seconds)}</td>
<td class="right">${escapeHtml(speedOf(kernel))}</td>
<td class="right">${percent(kernel.ofPeak, 0)}</td>
<td class="soft">${boundNames[kernel.bound]}</td>
<td class="soft">${layers}</td>
</tr>`
  })
  return `<section>
<h2>Kernel by kernel</h2>
<p class="about">The slowest first. Each is compared with the peak that it comes nearest to: multiply-adds in registers,
or a copy. More than 100 % of a copy in memory means that part of the data was in a cache.</p>
<div class="list card"><table class="profile">
<thead><tr>
<th>Kernel</th><th class="wide"></th><th class="right">Share</th><th class="right">Time</th><th class="right">Speed</th>
<th class="right" colspan="2">Of peak</th><th>Layers</th>
</tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>
</section>`
}

const machineSection = (profile: Profile): string => {
  const rows = profileFacts(profile).map(
    ([k, v]) => `<tr><th scope="row">${escapeHtml(k)}</th><td class="right">${escapeHtml(v)}</td></tr>`,
  )
  return `<section>
<h2>This machine</h2>
<p class="about">The peaks were measured in the same run, through the same compiler.</p>
<div class="list card"><table>${rows.join('\n')}</table></div>
</section>`
}

/** What the page has beside the reports' style. */
const PROFILE_STYLE = `
:root { --contraction: #2b6cb0; --loops: #d4572a; --copy: #8a8780; --cause: #5a7d5a; }
@media (prefers-color-scheme: dark) {
  :root { --contraction: #5b9be6; --loops: #ff9468; --copy: #85868a; --cause: #8bb88b; }
}
.flame { padding: 16px; overflow-x: auto; }
.flame svg { display: block; width: 100%; min-width: 720px; height: auto; }
.flame rect { stroke: var(--card); stroke-width: 1; }
.flame .contraction { fill: var(--contraction); }
.flame .loops { fill: var(--loops); }
.flame .copy { fill: var(--copy); }
.flame .step { fill: var(--edge); } .flame .cause { fill: var(--cause); }
.flame text { font-size: 12px; fill: #fff; pointer-events: none; } .flame text.on-step { fill: var(--ink); }
@media (prefers-color-scheme: dark) { .flame text { fill: #121316; } }
.flame g:hover rect { opacity: .75; }
.flame-keys { margin-top: 10px; }
.key.contraction::before { background: var(--contraction); }
.key.loops::before { background: var(--loops); }
.key.copy::before { background: var(--copy); }
.profile td { white-space: nowrap; } .profile .wide { width: 30%; min-width: 90px; }
.profile td.right, .profile th.right { padding-right: 14px; } .profile tr > :last-child { padding-right: 0; }
.soft { color: var(--soft); font-size: 13px; }
.bar { display: block; height: 12px; border-radius: 3px; min-width: 1px; width: calc(100% * var(--share)); }
.bar.contraction { background: var(--contraction); }
.bar.loops { background: var(--loops); }
.bar.copy { background: var(--copy); }
.bar.cause { background: var(--cause); }
@media (max-width: 520px) {
  .profile .wide { display: none; }
  .list { padding: 6px 14px; }
  .list table.profile { font-size: 13px; }
  .list th, .list td, .profile td.right, .profile th.right { padding-right: 9px; }
  .list tr > :last-child { padding-right: 0; }
  .list th[scope="row"] { white-space: normal; }
}
@media print { .bar, .flame rect { print-color-adjust: exact; } }
`
