/** The page's only script: values under the pointer. Without it the page loses nothing else. */
export const SCRIPT = `
for (const plot of document.querySelectorAll('.plot')) {
  const chart = JSON.parse(plot.dataset.chart);
  const svg = plot.querySelector('svg');
  const cursor = plot.querySelector('.cursor');
  const rule = plot.querySelector('.rule');
  const marks = [...plot.querySelectorAll('.mark')];
  const tip = plot.querySelector('.tip');
  const longest = chart.series.reduce((a, b) => (b.points.length > a.points.length ? b : a)).points;
  const show = event => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * chart.width;
    let near = 0;
    longest.forEach((p, i) => { if (Math.abs(p[0] - x) < Math.abs(longest[near][0] - x)) near = i; });
    const at = longest[near][0];
    rule.setAttribute('x1', at); rule.setAttribute('x2', at);
    rule.setAttribute('y1', chart.top); rule.setAttribute('y2', chart.bottom);
    const rows = [document.createElement('strong')];
    rows[0].textContent = 'Epoch ' + (near + 1);
    chart.series.forEach((s, i) => {
      const p = s.points[near];
      marks[i].setAttribute('visibility', p ? 'inherit' : 'hidden');
      if (!p) return;
      marks[i].setAttribute('cx', p[0]); marks[i].setAttribute('cy', p[1]);
      const row = document.createElement('span');
      row.className = 'key ' + s.tone;
      row.textContent = s.label + ' ';
      const value = document.createElement('b');
      value.textContent = s.shown[near];
      row.append(value);
      rows.push(row);
    });
    tip.replaceChildren(...rows);
    tip.hidden = false;
    cursor.setAttribute('visibility', 'visible');
    const left = (at / chart.width) * box.width;
    tip.style.left = Math.min(Math.max(left + 14, 0), box.width - tip.offsetWidth) + 'px';
    if (left + 14 + tip.offsetWidth > box.width) tip.style.left = Math.max(left - tip.offsetWidth - 14, 0) + 'px';
  };
  const hide = () => { tip.hidden = true; cursor.setAttribute('visibility', 'hidden'); };
  plot.addEventListener('pointermove', show);
  plot.addEventListener('pointerdown', show);
  plot.addEventListener('pointerleave', hide);
}
`
