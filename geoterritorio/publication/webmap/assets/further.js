/* Further layers: points, outlines by kind; off until ticked. */
const { t, el, button, svg, number, bound, own, ui, put } = GT.text;
const { chip: sample, hint, lit, row, replace } = GT.legend;

const has = (layer, i, k) => (layer.columns.kinds[i] >> k) & 1;
const kindsOf = (layer, i) => [...layer.kinds.keys()].filter((k) => has(layer, i, k));
/* Dot, square, or outline. */
const chip = ({ kind, filled, colours }, k = 0) => sample(
	svg('rect', { x: 7, y: 2, width: 12, height: 12, rx: kind === 'point' && 6, fill: colours[k], 'fill-opacity': +(kind === 'point' || filled), stroke: filled ? '#8d959b' : colours[k] }));

/* The first kind left gives the colour. */
function paint(layer) {
	const { shapes, kind, kinds, veiled, colours, filled } = layer;
	for (const shape of shapes) {
		const k = kinds[0] ? kindsOf(layer, shape.row).find((code) => !veiled.has(code)) : 0;
		shape.shown = k !== undefined;
		shape.options.interactive = shape.shown && (kind === 'point' || layer.facts[0]);
		shape.setStyle({ color: kind === 'point' ? '#fff' : filled ? '#8d959b' : colours[k], fillColor: colours[k], fillOpacity: shape.shown * (filled ? 1 : 0.9), opacity: +shape.shown });
	}
}

function build(layer, renderer) {
	layer.veiled = new Set();
	layer.group = layer.flows ? GT.flows.group(layer, renderer) : GT.draw.group(layer, layer.kind === 'point' ? { renderer } : { renderer, fill: layer.filled, weight: layer.filled ? 0.8 : 2 });
	for (const shape of layer.shapes) shape.open ||= (at) => open(layer, shape, at);
	layer.group.on('click', ({ propagatedFrom, latlng }) => propagatedFrom.open(latlng));
}

function entry(layer, i) {
	const { ids, sectors, columns, kinds } = layer;
	const title = own(layer.titles)[i];
	const told = layer.facts.map((name, j, _, x = columns['fact' + j][i]) => !isNaN(x) && own(name) + ': ' + own(layer.words[j]?.[x] ?? bound(x)));
	const lines = [title && ids[i], own(sectors[columns.sector[i]]), ...told].filter(Boolean);
	return [el('strong', {}, title || ids[i]), ...lines.map((line) => el('p.sub', {}, line)),
		...kindsOf(layer, i).map((k) => el('p', {}, chip(layer, k), own(kinds[k])))];
}

/* What areas that are ticked say of a territory, if it is one of theirs. */
const told = (layers, id, box) => layers.flatMap((layer) => {
	const i = layer.kind === 'area' ? layer.shapes.findIndex(({ row }) => layer.ids[row] === id && layer.shapes[row].getBounds().equals(box, 0.01)) : -1;
	return i < 0 ? [] : [el('h3.over', {}, own(layer.name)), ...entry(layer, i).slice(1)];
});

/* A point and what is on it, or a pressed area. */
function open(layer, shape, pressed) {
	const at = shape.getLatLng?.() || pressed;
	const here = layer.shapes.filter((other) => other !== shape && other.shown && other.getLatLng?.().equals(at));
	tell(layer, at, ...together(shape, here, 4, ({ row }) => entry(layer, row)));
}

/* One and others of its place, of which the first are told whole. */
const together = (one, others, most, told) => [...told(one), others[0] ? hint(t('same_place', { n: number(others.length) })) : '', ...others.slice(0, most).flatMap(told)];

function tell(layer, at, ...parts) {
	const map = layer.group._map;
	const box = el('div.entry', {}, button({ class: 'close', 'aria-label': t('close'), onclick: () => map.closePopup() }, '×'), ...parts);
	L.popup({ closeButton: false, minWidth: 180, maxHeight: 340, autoPanPaddingTopLeft: [9, 70] }).setLatLng(at).setContent(box).openOn(map);
	put(ui.live, box.innerText);
}

/* Sets fold, and stay as they were. */
function draw(layers, toggle, change, cover) {
	const parts = [];
	const above = [];
	let box, last;
	for (const layer of layers) {
		const { shapes, kinds, total, on } = layer;
		layer.toggle = toggle;
		const [name, short, set] = [layer.name, layer.short, layer.set].map(own);
		if (!box || set !== last) parts.push(box = el(set ? 'details' : 'div', {}, set ? el('summary', {}, set) : ''));
		last = set;
		box.open ||= on || ui.further.children[parts.length - 1]?.open;
		box.append(el('label.check', {}, el('input', { type: 'checkbox', checked: !!on, onchange: () => toggle(layer) }), el('span', {}, short + ' (' + number(total) + ')'), on && !kinds[0] && !layer.flows ? chip(layer) : ''));
		if (!on) continue;
		if (layer.flows || layer.code) {
			box.append(...(layer.flows ? GT.flows.controls : GT.firms.controls)(layer, change));
			continue;
		}
		paint(layer);
		const keys = kinds.map((words, k) => lit(row(chip(layer, k), own(words), shapes.filter((shape) => has(layer, shape.row, k)).length, null, layer.veiled, k, change), shapes, (i) => has(layer, i, k), () => paint(layer)));
		const hints = [layer.columns.kinds.some((k) => k & (k - 1)) && t('kinds_hint'), total > shapes.length && t('absent', { n: number(total - shapes.length) })];
		const key = [el('div', { role: 'group', 'aria-label': name }, ...keys), ...hints.filter(Boolean).map((text) => hint(text))];
		if (layer === cover) above.push(el('h2.over', {}, name), ...key);
		else box.append(...key);
	}
	ui.further.parentNode.hidden = !parts.length;
	replace(ui.further, parts);
	// the key of what covers the map comes first
	replace(ui.above, above);
}

GT.further = { build, draw, told, tell, together };
