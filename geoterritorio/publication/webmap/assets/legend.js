/* The legend counts, explains and filters. */
(() => {
'use strict';
const GT = (globalThis.GT ||= {});
const { el, button, svg, t, number, short, ui } = GT.text;
const { swatch, radius } = GT.draw;
const { className, ZERO, WITHHELD, NOTHING, SURE } = GT.cells;

function bar(clear, vague, most) {
	const [a, b] = [clear, vague].map((v) => (v / most) * 56);
	return svg('svg', { class: 'bar', width: 56, height: 8, 'aria-hidden': 'true' },
		svg('rect', { width: a, height: 8, class: 'solid' }),
		svg('rect', { x: a, width: b, height: 8, class: 'vague' }));
}

function row(sample, name, amount, chart, hidden, code, change) {
	const onclick = () => {
		if (!hidden.delete(code)) hidden.add(code);
		change();
	};
	return button({ class: 'key', 'aria-pressed': String(!hidden.has(code)), onclick },
		sample, el('span', { class: 'name' }, name), chart, el('span', { class: 'count' }, number(amount)));
}

/* Buttons are rebuilt on every change: the one in use keeps the focus. */
function replace(box, nodes) {
	const all = () => [...box.querySelectorAll('button, input')];
	const at = all().indexOf(document.activeElement);
	box.replaceChildren(...nodes);
	all()[at]?.focus();
}

function drawClasses(data, cells, change) {
	const present = new Set(data.columns.class);
	const order = [...data.scale.breaks.keys(), data.scale.breaks.length].reverse();
	const counts = [...order, ...[ZERO, WITHHELD, NOTHING].filter((k) => present.has(k))].map((k) => {
		const own = cells.filter((cell) => cell.k === k);
		return [k, own.filter(({ full, known }) => full || !known).length, own.length];
	});
	const most = Math.max(1, ...counts.map(([, , all]) => all));
	replace(ui.classes, counts.map(([k, clear, all]) =>
		row(swatch(data, k, 0), className(data.scale, k), all, bar(clear, all - clear, most), data.scale.hidden, k, change)));
}

function drawSure(data, cells, change) {
	const present = new Set(data.columns.sure.filter((_, i) => data.columns.class[i] < WITHHELD));
	const codes = [...SURE.keys()].filter((code) => present.has(code));
	ui.sure.hidden = !codes.some((code) => SURE[code] !== 'unstated');
	replace(ui.sureRows, codes.map((code) => {
		const count = cells.filter(({ sure, known }) => known && sure === code).length;
		return row(swatch(data, 5, code), t(SURE[code]), count, null, data.scale.hiddenSure, code, change);
	}));
}

function nice(value) {
	const power = 10 ** Math.floor(Math.log10(value));
	return [5, 2, 1].map((f) => f * power).find((v) => v <= value) || power;
}

function drawSizes({ kind, size }, most, largest) {
	ui.sizes.replaceChildren();
	if (kind !== 'point' || !size || !(most > 0)) return;
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
	const name = t(size === 'employment' ? 'size_employment' : 'size_establishments');
	ui.sizes.append(el('h2', { class: 'over' }, name),
		svg('svg', { width: 170, height: Math.max(base, line) + 6, role: 'img', 'aria-label': name + ': ' + values.map(short).join(', ') }, ...marks));
}

function draw(data, most, largest, change) {
	const cells = data.rows.map((r) => data.cells[r]);
	drawClasses(data, cells, change);
	drawSure(data, cells, change);
	drawSizes(data, most, largest);
}

GT.legend = { row, replace, draw };
})();
