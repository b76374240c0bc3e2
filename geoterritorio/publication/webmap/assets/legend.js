/* The legend counts, explains and filters. */
(() => {
'use strict';
const GT = (globalThis.GT ||= {});
const { el, button, svg, t, number, bound, short } = GT.text;
const { swatch, radius, ZERO, WITHHELD, NOTHING } = GT.draw;
const SURE = ['sure', 'unclear', 'few', 'untested', 'unstated'];

function className(k) {
	const { breaks } = GT.draw;
	if (k === ZERO) return t('zero');
	if (k === WITHHELD) return t('withheld');
	if (k === NOTHING) return t('nothing');
	if (k === 0) return t('under', { a: bound(breaks[0]) });
	if (k === breaks.length) return t('over', { a: bound(breaks[k - 1]) });
	const key = k === breaks.length / 2 ? 'around' : 'between';
	return t(key, { a: bound(breaks[k - 1]), b: bound(breaks[k]) });
}

function count(data, sector) {
	const n = data.ids.length;
	const classes = Array.from({ length: NOTHING + 1 }, () => [0, 0]);
	const sure = [0, 0, 0, 0, 0];
	for (let i = sector * n; i < (sector + 1) * n; i++) {
		const [k, s] = [data.columns.class[i], data.columns.sure[i]];
		classes[k][s === 0 || s === 4 || k >= WITHHELD ? 0 : 1]++;
		if (k < WITHHELD) sure[s]++;
	}
	return { classes, sure };
}

function bar(clear, vague, most) {
	const width = 56;
	const [a, b] = [clear, vague].map((v) => (most ? (v / most) * width : 0));
	return svg('svg', { class: 'bar', width, height: 8, 'aria-hidden': 'true' },
		svg('rect', { width: a, height: 8, class: 'solid' }),
		svg('rect', { x: a, width: b, height: 8, class: 'vague' }));
}

function row(sample, name, amount, chart, hidden, code, change) {
	const toggle = () => {
		if (!hidden.delete(code)) hidden.add(code);
		change();
	};
	return button({ class: 'key', 'aria-pressed': String(!hidden.has(code)), onclick: toggle },
		sample, el('span', { class: 'name' }, name), chart, el('span', { class: 'count' }, number(amount)));
}

/* Buttons are rebuilt on every change: the one in use keeps the focus. */
function replace(box, nodes) {
	const at = [...box.querySelectorAll('button, input')].indexOf(document.activeElement);
	box.replaceChildren(...nodes);
	if (at >= 0) box.querySelectorAll('button, input')[at]?.focus();
}

function drawClasses(box, data, counts, state, change) {
	const round = data.kind === 'point';
	const present = new Set(data.columns.class);
	const order = [6, 5, 4, 3, 2, 1, 0, ...[ZERO, WITHHELD, NOTHING].filter((k) => present.has(k))];
	const most = Math.max(1, ...counts.classes.map(([a, b]) => a + b));
	replace(box, order.map((k) => {
		const [clear, vague] = counts.classes[k];
		const chart = bar(clear, vague, most);
		return row(swatch(k, 0, round), className(k), clear + vague, chart, state.hidden, k, change);
	}));
}

function drawSure(box, data, counts, state, change) {
	const present = new Set(data.columns.sure.filter((_, i) => data.columns.class[i] < WITHHELD));
	const codes = [0, 1, 2, 3, 4].filter((s) => present.has(s));
	if (!codes.length || (codes.length === 1 && codes[0] === 4)) return box.replaceChildren();
	const rows = codes.map((s) =>
		row(swatch(5, s, data.kind === 'point'), t(SURE[s]), counts.sure[s], null, state.hiddenSure, s, change));
	return replace(box, [el('h2', { class: 'over' }, t('certainty')), el('div', { role: 'group', 'aria-label': t('certainty') }, ...rows)]);
}

function nice(value) {
	const power = 10 ** Math.floor(Math.log10(value));
	return [5, 2, 1].map((f) => f * power).find((v) => v <= value) || power;
}

function drawSizes(box, data, most, largest) {
	if (data.kind !== 'point' || !data.size || !(most > 0)) return box.replaceChildren();
	const values = [nice(most), nice(most / 4), nice(most / 20)];
	const [x, base] = [largest + 2, 2 * largest + 4];
	let line = -9;
	const marks = values.flatMap((v) => {
		const r = radius(v, most, largest);
		const y = base - 2 * r;
		line = Math.max(y, line + 15);
		return [
			svg('circle', { cx: x, cy: base - r, r, class: 'ring' }),
			svg('path', { d: `M${x} ${y}h40L${x + 50} ${line}`, class: 'rule' }),
			svg('text', { x: x + 54, y: line + 4 }, short(v)),
		];
	});
	const key = data.size === 'employment' ? 'size_employment' : 'size_establishments';
	return box.replaceChildren(el('h2', { class: 'over' }, t(key)),
		svg('svg', { width: 170, height: Math.max(base, line) + 6, role: 'img', 'aria-label': t(key) + ': ' + values.map(short).join(', ') }, ...marks));
}

GT.legend = { row, replace, className, count, drawClasses, drawSure, drawSizes, SURE };
})();
