/* One territory in detail: figures, interval, and its highest quotients. */
(() => {
'use strict';
const GT = (globalThis.GT ||= {});
const { el, button, svg, t, quotient, bound, probability, amount, ui } = GT.text;
const { swatch, GREY } = GT.draw;
const { cell, className, words } = GT.cells;
const WIDTH = 292;
const BARS = 6;
const FORMATS = {
	employment: amount, establishments: amount, effective_plants: amount, excess: amount, p: probability, q: probability,
};

function axis(values, from, to, least) {
	const known = values.filter((v) => isFinite(v) && v > 0).map(Math.log2);
	const floor = Math.max(Math.min(-least, ...known) - (least ? 0.15 : 0.01), -5);
	const ceiling = Math.min(Math.max(1, ...known) + 0.15, 7);
	return (v) => {
		const place = v > 0 ? Math.min(Math.max(Math.log2(v), floor), ceiling) : floor;
		return from + ((place - floor) / (ceiling - floor)) * (to - from);
	};
}

function interval({ x, get }, colour) {
	const [a, b] = [get('low'), get('high')];
	const at = axis([x, a, b], 8, WIDTH - 8, 1);
	const ticks = [0.25, 0.5, 1, 2, 4, 8].filter((v) => at(v) > 10 && at(v) < WIDTH - 10);
	return svg('svg', { viewBox: `0 0 ${WIDTH} 40`, role: 'img', 'aria-label': t('interval_label', { x: quotient(x), a: quotient(a), b: quotient(b) }) },
		svg('path', { d: `M0 12H${WIDTH}`, class: 'rule' }),
		...ticks.flatMap((v) => [
			svg('path', { d: `M${at(v)} ` + (v === 1 ? '0v24' : '9v6'), class: v === 1 ? 'one' : 'rule' }),
			svg('text', { x: at(v), y: 37, 'text-anchor': 'middle' }, bound(v)),
		]),
		svg('path', { d: `M${at(a)} 7v10m0-5H${at(b)}m0-5v10`, class: 'span' }),
		svg('circle', { cx: at(x), cy: 12, r: 5, fill: colour, class: 'dot' }));
}

/* Sectors with the highest quotients; the chosen one is always among them. */
function highest(data, territory) {
	const all = [...data.sectors.keys()].map((sector) => ({ sector, ...cell(data, territory, sector) })).filter(({ known }) => known);
	all.sort((a, b) => b.x - a.x);
	const top = all.slice(0, BARS);
	const chosen = all.find(({ sector }) => sector === data.sector);
	if (chosen && !top.includes(chosen)) top[BARS - 1] = chosen;
	return top;
}

function chart(data, territory, choose) {
	const top = highest(data, territory);
	ui.top.hidden = top.length < 2;
	const at = axis(top.map(({ x }) => x), 0, WIDTH - 4, 0);
	const { colours, faded, inks } = data.scale;
	ui.topList.ariaLabel = t('top_label', { name: data.names[territory] });
	ui.topList.replaceChildren(...top.map(({ sector, x, k, full }) => {
		const { name } = data.sectors[sector];
		const [from, to] = [Math.min(at(1), at(x)), Math.max(at(1), at(x))];
		return el('li', { class: sector === data.sector ? 'now' : null },
			button({ title: name, onclick: () => choose(sector) }, name),
			el('span', { class: 'figure' }, quotient(x)),
			svg('svg', { viewBox: `0 0 ${WIDTH} 11`, 'aria-hidden': 'true' },
				svg('rect', { x: from, y: 2, width: Math.max(2, to - from), height: 7, fill: (full ? colours : faded)[k], stroke: full ? 'none' : inks[k] }),
				svg('path', { d: `M${at(1)} 0v11`, class: 'one' })));
	}));
}

function draw(data, territory, choose) {
	const here = data.cells[territory];
	const { k, sure, known, x, get } = here;
	const [a, b] = [get('low'), get('high')].map(quotient);
	const ranged = !isNaN(get('low')) && !isNaN(get('high'));
	ui.cardName.textContent = data.names[territory];
	ui.cardSector.textContent = data.sectors[data.sector].name;
	ui.reading.replaceChildren(swatch(data, k, sure), el('strong', {}, known ? quotient(x) : className(data.scale, k)),
		known ? el('span', { class: 'unit' }, t('lq_short')) : '',
		ranged ? el('span', { class: 'span-text' }, t('interval', { a, b })) : '');
	ui.interval.replaceChildren(known && ranged ? interval(here, data.scale.colours[k] || GREY) : '');
	ui.words.textContent = words(here);
	const rows = Object.keys(FORMATS).filter((name) => !isNaN(get(name)));
	ui.figures.replaceChildren(...rows.flatMap((name) => [el('dt', {}, t(name)), el('dd', {}, FORMATS[name](get(name)))]));
	chart(data, territory, choose);
}

GT.card = { draw };
})();
