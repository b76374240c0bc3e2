/* Establishments on canvas tiles: they come in Morton order, so that every tile is a slice. */
const { t, el, button, svg, number, own, plain, ui, put, max, min, assign, every, numbers } = GT.text;
const { chip, hint, row } = GT.legend;
const [CROWD, NEAR, DEEP, SHARP] = [1000, 14, 16, devicePixelRatio > 1 ? 2 : 1];
const layers = [];
let map, year; // year of the slider

/* A bit, a gap, a bit. */
function spread(v) {
	v = (v | v << 8) & 0xff00ff;
	v = (v | v << 4) & 0xf0f0f0f;
	v = (v | v << 2) & 0x33333333;
	return (v | v << 1) & 0x55555555;
}
const zoom = () => Math.round(map.getZoom());
const place = ({ x, y }, i) => map.unproject([x[i], y[i]], DEEP);

function search(list, value) {
	let [low, high] = [0, list.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if (list[middle] < value) low = middle + 1;
		else high = middle;
	}
	return low;
}

/* Shown ones of a tile and of those around it, in pixels from its corner. */
function each({ x, y, code, shown }, z, tile, use) {
	const side = 2 ** (DEEP - z);
	for (let k = 0; k < 9; k++) {
		const [column, line] = [tile.x + k % 3 - 1, tile.y + Math.trunc(k / 3) - 1];
		if (min(column, line) < 0 || max(column, line) >= 2 ** z) continue;
		const first = (spread(column * side) | spread(line * side) << 1) >>> 0;
		const end = search(code, first + side * side);
		for (let i = search(code, first); i < end; i++) if (shown[i]) use(i, x[i] / side - tile.x * 256, y[i] / side - tile.y * 256);
	}
}

/* Density if a tile of the zoom is crowded, and from afar over quotients. */
function isDense({ code, shown, dense }, z) {
	let tile, count;
	return (dense[z] ??= z < NEAR && ((z < 9 && !ui.gt.matches('.empty')) || code.some((v, i) => {
		if (shown[i]) count = tile === (tile = v >>> (32 - 2 * z)) ? count + 1 : 1;
		return count > CROWD;
	})));
}

function paintDense(layer, tile, context) {
	const image = context.createImageData(128, 128);
	const cells = new Uint32Array(image.data.buffer);
	each(layer, tile.z, tile, (_, x, y) => {
		if (min(x, y) >= 0 && max(x, y) < 256) cells[(y >> 1) * 128 + (x >> 1)]++;
	});
	// the opacity of a dark violet is logarithmic
	cells.forEach((n, k) => n && (cells[k] = (min(255, 79 + 22 * Math.log2(n)) << 24) + 0x4a0a2b));
	context.putImageData(image, 0, 0);
}

/* A dot is painted once for each colour: paths that lie on one another are slow. */
const stamps = {};
function stamp(colour) {
	const node = el('canvas', { width: 10 * SHARP, height: 10 * SHARP });
	const context = node.getContext('2d');
	context.scale(SHARP, SHARP);
	context.arc(5, 5, 4, 0, 7);
	context.fillStyle = colour;
	context.strokeStyle = '#fff';
	context.fill();
	context.stroke();
	return node;
}

function paintDots(layer, tile, context) {
	each(layer, tile.z, tile, (i, x, y) => {
		if (min(x, y) < -5 || max(x, y) > 261) return;
		const colour = layer.colours[layer.columns.sector[i]];
		context.drawImage((stamps[colour] ||= stamp(colour)), SHARP * (x - 5), SHARP * (y - 5));
	});
}

const Tiles = L.GridLayer.extend({
	createTile(tile) {
		const dense = isDense(this.layer, tile.z);
		const size = dense ? 128 : 256 * SHARP;
		const canvas = el('canvas.firms', { width: size, height: size });
		(dense ? paintDense : paintDots)(this.layer, tile, canvas.getContext('2d', { willReadFrequently: true }));
		return canvas;
	},
});

/* The filters as the address has them, if they are not those of the beginning. */
function recall() {
	for (const layer of layers) {
		const [sectors = '', sizes = '', ...ends] = (GT.more[layer.table] || '').split(';');
		layer.hidden = [sectors, sizes].map((list) => new Set(numbers(list)));
		layer.span = layer.years.map((end, k) => +ends[k] || end);
		sift(layer);
	}
}

/* Which are shown; counts of each heading under the filters of the others. */
function sift(layer) {
	const { columns, names, hidden, shown, span, years } = layer;
	const [from, to] = year ? [year, year] : span.toSorted();
	const filters = (span) => [...hidden.map((set) => [...set]), ...span].join(';');
	const said = filters(span);
	GT.more[layer.table] = said === [[], [], ...years].join(';') ? '' : said;
	const key = filters([from, to]);
	if (key !== layer.key) {
		const { sector, size, opened = [], closed = [] } = columns;
		const [noSector, noSize] = names.map((list, k) => Uint8Array.from(own(list), (_, code) => hidden[k].has(code)));
		const [sectors, sizes] = layer.counts = [noSector, noSize].map(({ length }) => new Uint32Array(length));
		layer.count = 0;
		for (let i = 0; i < shown.length; i++) {
			const [s, z] = [sector[i], size[i]];
			const open = !(opened[i] > to || closed[i] < from);
			if (open && !noSize[z]) sectors[s]++;
			if (open && !noSector[s]) sizes[z]++;
			layer.count += shown[i] = open && !noSector[s] && !noSize[z];
		}
		layer.key = key;
		layer.dense = [];
		layer.group.redraw();
	}
	tell(layer);
}

/* What follows filters, slider and zoom, in a legend that stays. */
function tell(layer) {
	const { on, parts, counts, count, total, years, span } = layer;
	if (!on || !parts) return;
	const [box, said, density, between] = parts;
	const text = t('firms_shown', { n: number(count), m: number(total) });
	if (said.textContent !== text) said.textContent = ui.live.textContent = text;
	density.hidden = !box.classList.toggle('dense', isDense(layer, zoom()));
	between.parentNode.parentNode.hidden = !years[0] || year;
	const [a, b] = span.toSorted();
	put(between, t('between', { a, b }));
	const all = counts.flatMap((list) => [...list]);
	for (const node of every('.count', box)) put(node, number(all.shift()));
}

const dot = (fill) => chip(svg('circle', { cx: 13, cy: 8, r: 6, fill }));
const group = (words, ...nodes) => el('div', { role: 'group', 'aria-label': words }, el('h3.over', {}, words + ' ', ...nodes.splice(2)), ...nodes);

function heading({ hidden, colours, names }, k, change) {
	const list = own(names[k]);
	const onclick = () => {
		if (hidden[k].size) hidden[k].clear();
		else list.forEach((_, code) => hidden[k].add(code));
		change();
	};
	return group(t(k ? 'firms_size' : 'firms_sector'),
		el('div.long', {}, ...list.map((name, code) => row(k ? '' : dot(colours[code]), name, 0, null, hidden[k], code, change))),
		k ? '' : button({ class: 'hint', onclick }, t(hidden[0].size ? 'show_all' : 'hide_all')));
}

function end(layer, k) {
	const { years: [min, max], span } = layer;
	return el('input', { type: 'range', min, max, value: span[k], 'aria-label': t(k ? 'firms_to' : 'firms_from'), oninput: ({ target }) => {
		span[k] = +target.value;
		sift(layer);
		GT.remember();
	} });
}

function controls(layer, change) {
	const [said, between] = [hint(), el('output')];
	const ramp = [0.31, 0.48, 0.66, 0.83, 1].map((part, k) => svg('rect', { x: 5 * k, width: 5, height: 16, fill: '#2b0a4a', 'fill-opacity': part }));
	const density = el('div.ramp', {}, el('p.hint.check', {}, chip(...ramp), t('firms_dense')), el('p.sub', {}, t('firms_near')));
	const box = el('div', {}, said, density, heading(layer, 0, change), own(layer.names[1])[0] ? heading(layer, 1, change) : '', group(t('firms_years'), end(layer, 0), end(layer, 1), between));
	layer.parts = [box, said, density, between];
	sift(layer);
	return [box];
}

const nameOf = ({ words, spelling }, i) => spelling.map((column) => words[column[i]]).join(' ').trimEnd() || t('firms_one');

function facts(layer, i) {
	const { sector, size, opened, closed } = layer.columns;
	const [sectors, sizes] = layer.names.map(own);
	const [a, b] = [opened, closed].map((years) => years?.[i]);
	return [el('strong', {}, nameOf(layer, i)), el('p', {}, dot(layer.colours[sector[i]]), sectors[sector[i]]),
		el('p.sub', {}, [sizes[size[i]], (a || b) && t(a && b ? 'firms_open' : a ? 'firms_since' : 'firms_until', { a, b })].filter(Boolean).join(' · '))];
}

/* One establishment and others of its place, which are its neighbours in the order. */
function open(layer, i, near) {
	const { x, y, shown } = layer;
	const here = [];
	for (const step of [-1, 1])
		for (let k = i + step; x[k] === x[i] && y[k] === y[i]; k += step) if (shown[k]) here.push(k);
	const at = place(layer, i);
	at.lng += 360 * Math.round((near.lng - at.lng) / 360);
	GT.further.tell(layer, at, ...GT.further.together(i, here, 20, (k) => facts(layer, k)));
}

/* Opens the nearest within so many pixels, if any. */
function pick(near, limit) {
	if (!map) return;
	const point = map.project(near.wrap(), zoom());
	const tile = point.divideBy(256).floor();
	let best;
	for (const layer of layers)
		if (layer.on && !isDense(layer, zoom())) each(layer, zoom(), tile, (i, x, y) => {
			const far = Math.hypot(x + tile.x * 256 - point.x, y + tile.y * 256 - point.y);
			if (far < limit) [best, limit] = [[layer, i, near], far];
		});
	if (best) open(...best);
	return best;
}

/* Establishments whose name has all that is looked for, at most so many. */
function find(wanted, most) {
	const found = [];
	for (const layer of layers) {
		const { words, spelling, shown } = layer;
		layer.plain ||= words.map(plain);
		// how well a word matches: whole, from its beginning, anywhere
		const hits = wanted.map((part) => layer.plain.map((word) => (word.trim() === part ? 3 : word.startsWith(part) ? 2 : +word.includes(part))));
		const value = (i) => () => {
			if (!layer.on) layer.toggle(layer);
			map.setView(place(layer, i), max(map.getZoom(), 15), { animate: false });
			open(layer, i, map.getCenter());
		};
		for (let i = 0; i < shown.length; i++) {
			const fit = hits.map((hit) => max(...spelling.map((column) => hit[column[i]] || 0)));
			if (!fit.includes(0)) found.push([fit.reduce((a, b) => a + b, 0), layer, i, value]);
		}
	}
	return found.sort(([a], [b]) => b - a).slice(0, most).map(([, layer, i, value]) => ({ value: value(i), label: nameOf(layer, i), detail: own(layer.names[0])[layer.columns.sector[i]] }));
}

/* Every other bit. */
function gather(v) {
	v &= 0x55555555;
	v = (v | v >> 1) & 0x33333333;
	v = (v | v >> 2) & 0xf0f0f0f;
	v = (v | v >> 4) & 0xff00ff;
	return (v | v >> 8) & 0xffff;
}

async function read(layer) {
	const [{ columns, texts }, named] = await Promise.all([layer.table, layer.named].map((id) => id && GT.codec.unpack(ui[id].textContent)));
	const { high, low } = columns;
	const [x, y, code] = [0, 1, 2].map(() => new Uint32Array(low.length));
	for (let i = 0, sum = 0; i < low.length; i++) {
		sum += high[i] * 2 ** 24 + low[i];
		const [a, b] = [sum / 2 ** 24, sum % 2 ** 24];
		x[i] = gather(a) << 12 | gather(b);
		y[i] = gather(a >> 1) << 12 | gather(b >> 1);
		code[i] = sum / 65536;
	}
	return { ...layer, ...texts, columns, x, y, code, words: [], shown: new Uint8Array(x.length), ...named?.texts, spelling: Object.values(named?.columns || {}),
		shapes: [], kinds: [1] };
}

function build(layer, _, chart) {
	map = chart;
	if (!layers[0]) {
		assign(map.createPane('firms').style, { zIndex: 430, pointerEvents: 'none' });
		map.on('zoomend', () => layers.forEach(tell));
		// ahead of what lies beneath, unless the map was dragged
		ui.map.addEventListener('click', (event) => {
			if (!event.target.closest('.leaflet-popup') && !map.dragging.moved() && pick(map.mouseEventToLatLng(event), 8)) event.stopPropagation();
		}, true);
	}
	layers.push(layer);
	layer.group = new Tiles({ pane: 'firms', keepBuffer: 1 });
	layer.group.layer = layer;
}

/* The day of the slider, as a year. */
function at(day) {
	year = +day?.slice(0, 4);
	layers.forEach(sift);
}

GT.firms = { read, build, controls, pick, find, at, recall };
