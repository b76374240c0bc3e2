/* One territory: figures, interval, highest quotients. */
const { el, button, svg, path, t, quotient, bound, FORMATS, ui, put, max, min } = GT.text;
const { swatch, GREY } = GT.draw;
const { cell, className, heading, words } = GT.cells;
const { dayWords } = GT.history;
const WIDTH = 292;
const BARS = 6;

/* Logarithmic, from `least` or the lowest value to 2 or the highest. */
function axis(values, from, to, least) {
	const known = values.filter((v) => isFinite(v) && v > 0).map(Math.log2);
	const [floor, ceiling] = [max(min(least, ...known), -5), min(max(1, ...known) + 0.15, 7)];
	return (v) => from + ((min(max(Math.log2(v), floor), ceiling) - floor) / (ceiling - floor)) * (to - from);
}

function interval({ x, get }, colour) {
	const [a, b] = [get('low'), get('high')];
	const at = axis([x, a, b], 8, WIDTH - 8, -1);
	const ticks = [0.25, 0.5, 1, 2, 4, 8].filter((v) => at(v) > 10 && at(v) < WIDTH - 10);
	return svg('svg', { viewBox: `0 0 ${WIDTH} 40`, role: 'img', 'aria-label': t('interval_label', { x: quotient(x), a: quotient(a), b: quotient(b) }) },
		path(`M0 12H${WIDTH}`, { class: 'rule' }),
		...ticks.flatMap((v) => [
			path(`M${at(v)} ` + (v === 1 ? '0v24' : '9v6'), { class: v === 1 ? 'one' : 'rule' }),
			svg('text', { x: at(v), y: 37, 'text-anchor': 'middle' }, bound(v)),
		]),
		path(`M${at(a)} 7v10m0-5H${at(b)}m0-5v10`, { class: 'span' }),
		svg('circle', { cx: at(x), cy: 12, r: 5, fill: colour, class: 'dot' }));
}

/* Of a history the figures of all periods; else the highest quotients and the chosen one. */
function bars(data, territory, { choose, slide }) {
	const all = data.steps
		? data.slices.map(([sector, step, name], slice) => ({ name, slice, sector, onclick: () => slide(step) }))
		: data.sectors.map(({ name }, slice) => ({ name, slice, sector: data.sector, onclick: () => choose(slice) }));
	const found = all.map((bar) => ({ ...bar, ...cell(data, territory, bar.slice) })).filter(({ known, sector }) => known && sector === data.sector);
	if (data.steps) return found;
	const top = found.sort((a, b) => b.x - a.x).slice(0, BARS);
	const chosen = found.find(({ slice }) => slice === data.slice);
	if (chosen && !top.includes(chosen)) top[BARS - 1] = chosen;
	return top;
}

function chart(data, territory, act) {
	const top = bars(data, territory, act);
	const values = top.map(({ x }) => x);
	ui.top.hidden = top.length < 2;
	const at = data.steps ? (v) => (max(v, 0) / max(...values, 1e-9)) * (WIDTH - 4) : axis(values, 0, WIDTH - 4, 0);
	const start = at(data.steps ? 0 : 1);
	const { colours, faded, inks } = data.scale;
	ui.topList.ariaLabel = t('top_label', { name: data.names[territory] });
	put(ui.topList, ...top.map(({ name, slice, onclick, x, k, full }) => {
		const [from, to] = [min(start, at(x)), max(start, at(x))];
		return el('li', { class: slice === data.slice ? 'now' : null },
			button({ title: name, onclick }, name),
			el('span.figure', {}, data.format(x)),
			svg('svg', { viewBox: `0 0 ${WIDTH} 11`, 'aria-hidden': 'true' },
				svg('rect', { x: from, y: 2, width: max(2, to - from), height: 7, fill: (full ? colours : faded)[k], stroke: full ? 'none' : inks[k] }),
				path(`M${start} 0v11`, { class: 'one' })));
	}));
}

/* When the version that carries the figures is in force. */
function span({ steps, from, to }, row) {
	const ends = steps ? [['from', steps[from[row]]], ['to', steps[to[row]]]] : [];
	return ends.filter(([, day]) => day).map(([name, day]) => [t(name), dayWords(day)]);
}

function draw(data, territory, act) {
	const here = data.cells[territory];
	const { k, sure, known, x, get } = here;
	const [a, b] = [get('low'), get('high')].map(data.format);
	const least = !isNaN(get('low'));
	const ranged = least && !isNaN(get('high'));
	put(ui.cardName, data.names[territory]);
	put(ui.cardSector, heading(data));
	put(ui.reading, swatch(data, k, sure), el('strong', {}, known ? data.format(x) : className(data.scale, k)),
		known ? el('span.unit', {}, t('lq_short')) : '',
		ranged || (least && !known) ? el('span.span-text', {}, ranged ? t('interval', { a, b }) : '≥ ' + a) : '');
	put(ui.interval, known && ranged && !data.steps ? interval(here, data.scale.colours[k] || GREY) : '');
	put(ui.words, words(data, here));
	const rows = Object.keys(FORMATS).filter((name) => !isNaN(get(name))).map((name) => [t(name), FORMATS[name](get(name))]);
	put(ui.figures, ...[...rows, ...span(data, territory)].flatMap(([name, text]) => [el('dt', {}, name), el('dd', {}, text)]));
	chart(data, territory, act);
}

GT.card = { draw };
