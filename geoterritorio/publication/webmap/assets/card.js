/* One territory in detail: figures, interval, and its highest quotients. */
(() => {
'use strict';
const GT = (globalThis.GT ||= {});
const { el, button, closer, svg, t, quotient, bound, probability, amount } = GT.text;
const { swatch, WITHHELD, NOTHING } = GT.draw;
const { SURE } = GT.legend;
const WIDTH = 292;
const BARS = 6;
const FORMATS = {
	employment: amount, establishments: amount, effective_plants: amount, excess: amount, p: probability, q: probability,
};

const value = (data, name, i) => (data.columns[name] ? data.columns[name][i] : NaN);

function words(data, i) {
	const [k, s] = [data.columns.class[i], data.columns.sure[i]];
	if (k === WITHHELD) return t('withheld_words');
	if (k === NOTHING) return t('nothing_words');
	const text = s === 0 ? t(value(data, 'lq', i) > 1 ? 'high_words' : 'low_words') : t(SURE[s] + '_words');
	return value(data, 'estimated', i) === 1 ? text + ' ' + t('estimated_words') : text;
}

function axis(values, from, to, least) {
	const known = values.filter((v) => isFinite(v) && v > 0).map(Math.log2);
	const floor = Math.max(Math.min(-least, ...known) - (least ? 0.15 : 0.01), -5);
	const ceiling = Math.min(Math.max(1, ...known) + 0.15, 7);
	return (v) => {
		const place = v > 0 ? Math.min(Math.max(Math.log2(v), floor), ceiling) : floor;
		return from + ((place - floor) / (ceiling - floor)) * (to - from);
	};
}

function interval(data, i, colour) {
	const [x, a, b] = ['lq', 'low', 'high'].map((name) => value(data, name, i));
	if (isNaN(a) || isNaN(b)) return null;
	const at = axis([x, a, b], 8, WIDTH - 8, 1);
	const ticks = [0.25, 0.5, 1, 2, 4, 8].filter((v) => at(v) > 10 && at(v) < WIDTH - 10);
	return svg('svg', { viewBox: `0 0 ${WIDTH} 40`, role: 'img', 'aria-label': t('interval_label', { x: quotient(x), a: quotient(a), b: quotient(b) }) },
		svg('line', { x1: 0, x2: WIDTH, y1: 12, y2: 12, class: 'rule' }),
		...ticks.flatMap((v) => [
			svg('line', { x1: at(v), x2: at(v), y1: v === 1 ? 0 : 9, y2: v === 1 ? 24 : 15, class: v === 1 ? 'one' : 'rule' }),
			svg('text', { x: at(v), y: 37, 'text-anchor': 'middle' }, bound(v)),
		]),
		svg('path', { d: `M${at(a)} 7v10m0-5H${at(b)}m0-5v10`, class: 'span' }),
		svg('circle', { cx: at(x), cy: 12, r: 5, fill: colour, class: 'dot' }));
}

function highest(data, territory, sector) {
	const n = data.ids.length;
	const all = data.sectors.map((_, s) => s).filter((s) => data.columns.class[s * n + territory] < WITHHELD);
	const x = (s) => data.columns.lq[s * n + territory];
	all.sort((a, b) => x(b) - x(a));
	const top = all.slice(0, BARS);
	if (!top.includes(sector) && all.includes(sector)) top[top.length === BARS ? BARS - 1 : top.length] = sector;
	return top;
}

function chart(data, territory, sector, state, choose) {
	const n = data.ids.length;
	const top = highest(data, territory, sector);
	if (top.length < 2) return null;
	const cells = top.map((s) => s * n + territory);
	const at = axis(cells.map((i) => data.columns.lq[i]), 0, WIDTH - 4, 0);
	const rows = top.map((s, r) => {
		const i = cells[r];
		const [x, k] = [data.columns.lq[i], data.columns.class[i]];
		const sure = data.columns.sure[i] === 0 || data.columns.sure[i] === 4;
		const [from, to] = [Math.min(at(1), at(x)), Math.max(at(1), at(x))];
		const bar = svg('svg', { viewBox: `0 0 ${WIDTH} 11`, 'aria-hidden': 'true' },
			svg('rect', { x: from, y: 2, width: Math.max(2, to - from), height: 7, fill: (sure ? state.palette.colours : state.palette.faded)[k], stroke: sure ? 'none' : state.palette.inks[k] }),
			svg('line', { x1: at(1), x2: at(1), y1: 0, y2: 11, class: 'one' }));
		return el('li', { class: s === sector ? 'now' : null },
			button({ title: data.sectors[s].name, onclick: () => choose(s) }, data.sectors[s].name),
			el('span', { class: 'figure' }, quotient(x)), bar);
	});
	return el('div', { class: 'top' }, el('h3', { class: 'over' }, t('top')),
		el('ul', { 'aria-label': t('top_label', { name: data.names[territory] }) }, ...rows));
}

function figures(data, i) {
	const rows = Object.keys(FORMATS).filter((name) => !isNaN(value(data, name, i)));
	return el('dl', {}, ...rows.flatMap((name) => [el('dt', {}, t(name)), el('dd', {}, FORMATS[name](value(data, name, i)))]));
}

function draw(box, data, territory, state, { close, choose }) {
	const i = state.sector * data.ids.length + territory;
	const k = data.columns.class[i];
	const colour = k < WITHHELD ? state.palette.colours[k] : '#8b8d8f';
	const [a, b] = [value(data, 'low', i), value(data, 'high', i)];
	const span = isNaN(a) || isNaN(b) ? null : el('span', { class: 'span-text' }, t('interval', { a: quotient(a), b: quotient(b) }));
	const reading = k < WITHHELD ? quotient(data.columns.lq[i]) : t(k === WITHHELD ? 'withheld' : 'nothing');
	box.replaceChildren(
		closer('close', close),
		el('h2', { id: 'card-name' }, data.names[territory]),
		el('p', { class: 'sub' }, data.sectors[state.sector].name),
		el('p', { class: 'reading' }, swatch(k, data.columns.sure[i], data.kind === 'point'),
			el('strong', {}, reading), k < WITHHELD ? el('span', { class: 'unit' }, t('lq_short')) : null, span),
		...[k < WITHHELD ? interval(data, i, colour) : null].filter(Boolean),
		el('p', { class: 'words' }, words(data, i)),
		figures(data, i),
		...[chart(data, territory, state.sector, state, choose)].filter(Boolean));
	box.hidden = false;
}

GT.card = { draw, words, value };
})();
