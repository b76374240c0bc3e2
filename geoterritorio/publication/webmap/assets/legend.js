/* The legend counts, explains and filters. */
const { el, button, svg, path, t, number, amount, ui, put, max, every, focused } = GT.text;
const { swatch, radius } = GT.draw;
const { className, ZERO, WITHHELD, NOTHING, SURE } = GT.cells;

const bar = (clear, all, most) => svg('svg.bar', { viewBox: '0 0 1 1', preserveAspectRatio: 'none' },
	path(`M0 0h${all / most}v1H0`, { class: 'vague' }), path(`M0 0h${clear / most}v1H0`));

/* A picture beside the words of a row, and small print. */
const chip = (...parts) => svg('svg.swatch', { viewBox: '0 0 26 16' }, ...parts);
const hint = (...parts) => el('p.hint', {}, ...parts);

function row(sample, name, count, chart, hidden, code, change) {
	const onclick = () => {
		if (!hidden.delete(code)) hidden.add(code);
		change();
	};
	return button({ class: 'key', 'aria-pressed': String(!hidden.has(code)), onclick },
		sample, el('span.name', {}, name), chart, el('span.count', {}, number(count)));
}

/* What a row stands for stays clear while the row is in use; the rest fades, until it is painted again. */
function lit(key, shapes, has, paint) {
	const fade = () => {
		paint();
		if (key.ariaPressed === 'true') for (const shape of shapes) if (!has(shape.row)) shape.setStyle({ fillOpacity: shape.options.fillOpacity / 5, opacity: shape.options.opacity / 5 });
	};
	key.onpointerenter = ({ pointerType }) => pointerType === 'mouse' && fade();
	key.onfocus = () => key.matches(':focus-visible') && fade();
	key.onpointerleave = key.onblur = paint;
	return key;
}

/* Buttons are rebuilt on change: the one in use keeps the focus. */
function replace(box, nodes) {
	const all = () => every('button,input,select', box);
	const at = all().indexOf(focused());
	put(box, ...nodes);
	all()[at]?.focus();
}

function classes(data, change, box, sure, paint) {
	const cells = data.rows.map((r) => data.cells[r]);
	const present = new Set(data.steps ? cells.map(({ k }) => k) : data.columns.class);
	const order = [...data.scale.breaks.keys(), data.scale.breaks.length].reverse();
	const counts = [...order, ...[ZERO, WITHHELD, NOTHING].filter((k) => present.has(k))].map((k) => {
		const own = cells.filter((cell) => cell.k === k);
		return [k, own.filter(({ full, known }) => full || !known).length, own.length];
	});
	const most = max(1, ...counts.map(([, , all]) => all));
	replace(box, counts.map(([k, clear, all]) =>
		lit(row(swatch(data, k, 0), className(data.scale, k), all, bar(clear, all, most), data.scale.veiled, k, change), data.shapes, (i) => data.cells[i]?.k === k, paint)));
	drawSure(data, cells, change, sure, paint);
}

function drawSure(data, cells, change, box, paint) {
	const own = (i) => !data.steps || data.slices[Math.floor(i / data.ids.length)][0] === data.sector;
	const present = new Set(data.columns.sure.filter((_, i) => own(i) && data.columns.class[i] < WITHHELD));
	const codes = [...SURE.keys()].filter((code) => present.has(code));
	box.parentNode.hidden = !codes.some((code) => SURE[code] !== 'unstated');
	replace(box, codes.map((code) => {
		const count = cells.filter(({ sure, known }) => known && sure === code).length;
		// where classes are around 1, of both sides
		const last = data.scale.breaks.length - 1;
		const key = row(swatch(data, last, code, data.scale.from ? last : 1), t(SURE[code]), count, null, data.scale.hiddenSure, code, change);
		return lit(key, data.shapes, (i) => data.cells[i]?.known && data.cells[i].sure === code, paint);
	}));
}

function nice(value) {
	const power = 10 ** Math.floor(Math.log10(value));
	return [5, 2, 1].map((f) => f * power).find((v) => v <= value) || power;
}

function drawSizes({ kind, size }, most, largest) {
	put(ui.sizes);
	if (kind !== 'point' || !size || !(most > 0)) return;
	const circles = [most, most / 4, most / 20].map(nice).map((v) => {
		const r = radius(v, most, largest);
		return el('li', {}, svg('svg', { width: 2 * r + 2, height: 2 * r + 2 }, svg('circle', { cx: r + 1, cy: r + 1, r, class: 'ring' })), amount(v));
	});
	ui.sizes.append(el('h2.over', {}, t(size === 'employment' ? 'size_employment' : 'size_establishments')), el('ul.row', {}, ...circles));
}

function draw(data, most, largest, change) {
	classes(data, change, ui.classes, ui.sureRows, () => GT.draw.paint(data, largest, most));
	GT.classes.draw(data, change);
	drawSizes(data, most, largest);
}

GT.legend = { chip, hint, lit, row, replace, classes, draw };
