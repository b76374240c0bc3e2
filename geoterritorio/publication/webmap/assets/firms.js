/* Establishments on canvas tiles: they come in Morton order, so that every tile is a slice. */
const { t, el, button, svg, number, own, plain, ui } = GT.text;
const { row } = GT.legend;
const [CROWD, CELLS, DEEP, LISTED] = [2500, 128, 16, 20];
const [FEW, MANY] = [[186, 164, 218], [43, 10, 74]];
// logarithmic, up to 256 establishments in a cell
const RAMP = Uint32Array.from({ length: 65 }, (_, k) => FEW.reduce((sum, low, c) => sum + (Math.round(low + (MANY[c] - low) * k / 64) << (8 * c)), (190 + k) << 24));
const layers = [];
let map;
let year; // of the slider

function spread(v) {
	v = (v | v << 8) & 0xff00ff;
	v = (v | v << 4) & 0xf0f0f0f;
	v = (v | v << 2) & 0x33333333;
	return (v | v << 1) & 0x55555555;
}
const morton = (x, y) => (spread(x) | spread(y) << 1) >>> 0;

function search(list, value) {
	let [low, high] = [0, list.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if (list[middle] < value) low = middle + 1;
		else high = middle;
	}
	return low;
}

/* Shown ones of a tile, and of those around it if there is a rim, in pixels from its corner. */
function each({ x, y, code, shown }, z, tile, rim, use) {
	const [scale, side] = [2 ** (z - DEEP), 2 ** (DEEP - z)];
	for (let k = rim ? 0 : 4; k < (rim ? 9 : 5); k++) {
		const [column, line] = [tile.x + k % 3 - 1, tile.y + Math.floor(k / 3) - 1];
		if (Math.min(column, line) < 0 || Math.max(column, line) >= 2 ** z) continue;
		const first = morton(column * side, line * side);
		const end = search(code, first + side * side);
		for (let i = search(code, first); i < end; i++) if (shown[i]) use(i, x[i] * scale - tile.x * 256, y[i] * scale - tile.y * 256);
	}
}

/* Density if any tile of the zoom is crowded, and from afar over quotients. */
function isDense(layer, z) {
	const { code, shown, dense } = layer;
	const crowded = () => {
		let [tile, count] = [-1, 0];
		return code.some((v, i) => {
			if (!shown[i]) return false;
			count = tile === (tile = v >>> (32 - 2 * z)) ? count + 1 : 1;
			return count > CROWD;
		});
	};
	return (dense[z] ??= z < DEEP && ((z < 9 && !ui.gt.classList.contains('empty')) || crowded()));
}

function paintDense(layer, tile, canvas) {
	canvas.width = canvas.height = CELLS;
	const context = canvas.getContext('2d');
	const image = context.createImageData(CELLS, CELLS);
	const [cells, step] = [new Uint32Array(image.data.buffer), 256 / CELLS];
	each(layer, tile.z, tile, false, (i, x, y) => cells[Math.floor(y / step) * CELLS + Math.floor(x / step)]++);
	cells.forEach((n, k) => n && (cells[k] = RAMP[Math.min(64, Math.floor(8 * Math.log2(n)))]));
	context.putImageData(image, 0, 0);
}

function paintDots(layer, tile, canvas) {
	canvas.width = canvas.height = 512;
	const context = canvas.getContext('2d');
	const [r, paths] = [tile.z < 12 ? 3.5 : 5, {}];
	context.scale(2, 2);
	each(layer, tile.z, tile, true, (i, x, y) => {
		if (Math.min(x, y) < -r - 1 || Math.max(x, y) > 257 + r) return;
		const path = (paths[layer.colours[layer.columns.sector[i]]] ||= new Path2D());
		path.moveTo(x + r, y);
		path.arc(x, y, r, 0, 7);
	});
	context.strokeStyle = '#fff';
	for (const [colour, path] of Object.entries(paths)) {
		context.fillStyle = colour;
		context.fill(path);
		context.stroke(path);
	}
}

const Tiles = L.GridLayer.extend({
	createTile(tile) {
		const canvas = el('canvas', { class: 'firms' });
		(isDense(this.layer, tile.z) ? paintDense : paintDots)(this.layer, tile, canvas);
		return canvas;
	},
});

/* Which are shown; counts of each heading under the filters of the others. */
function sift(layer) {
	const { columns, hidden, shown, span } = layer;
	const [from, to] = year ? [year, year] : span;
	const key = JSON.stringify([hidden.map((set) => [...set]), from, to]);
	if (key === layer.key) return false;
	const { sector, size, opened = [], closed = [] } = columns;
	const hides = [layer.sectors, layer.sizes].map((names, k) => Uint8Array.from(own(names), (_, code) => hidden[k].has(code)));
	const counts = hides.map(({ length }) => new Uint32Array(length));
	let count = 0;
	for (let i = 0; i < shown.length; i++) {
		const [s, z] = [sector[i], size[i]];
		const open = !(opened[i] > to || closed[i] < from);
		if (open && !hides[1][z]) counts[0][s]++;
		if (open && !hides[0][s]) counts[1][z]++;
		count += shown[i] = open && !hides[0][s] && !hides[1][z];
	}
	Object.assign(layer, { key, counts: counts.map((list) => [...list]).flat(), count, dense: [] });
	layer.group.redraw();
	return true;
}

/* Numbers that follow filters, slider and zoom, in a legend that stays. */
function tell(layer) {
	const { parts, counts, count, total, years } = layer;
	if (!layer.on || !parts) return;
	parts.count.textContent = t('firms_shown', { n: number(count), m: number(total) });
	parts.dense.hidden = !isDense(layer, Math.round(map.getZoom()));
	parts.years.hidden = !years[0] || year;
	parts.span.textContent = t('between', { a: layer.span[0], b: layer.span[1] });
	[...parts.box.querySelectorAll('.count')].forEach((node, k) => (node.textContent = number(counts[k])));
	return parts.count.textContent;
}

function update(layer) {
	if (sift(layer)) ui.live.textContent = tell(layer);
}

const dot = (fill) => svg('svg', { class: 'swatch', viewBox: '0 0 26 16' }, svg('circle', { cx: 13, cy: 8, r: 6, fill }));

function heading(layer, k, words, names, change) {
	const hidden = layer.hidden[k];
	const all = button({ class: 'more', onclick: () => {
		if (hidden.size) hidden.clear();
		else names.forEach((_, code) => hidden.add(code));
		change();
	} }, t(hidden.size ? 'show_all' : 'hide_all'));
	return el('div', { role: 'group', 'aria-label': words }, el('h3', { class: 'over' }, words),
		el('div', { class: 'long' }, ...names.map((name, code) => row(k ? '' : dot(layer.colours[code]), name, 0, null, hidden, code, change))), names[2] ? all : '');
}

function end(layer, k) {
	const [min, max] = layer.years;
	return el('input', { type: 'range', min, max, value: layer.span[k], 'aria-label': t(['firms_from', 'firms_to'][k]), oninput: ({ target }) => {
		layer.span[k] = Number(target.value);
		// neither end passes the other
		target.value = layer.span[k] = k ? Math.max(...layer.span) : Math.min(...layer.span);
		update(layer);
		tell(layer);
	} });
}

function legend(layer, change) {
	const ramp = el('canvas', { width: 65, height: 1, class: 'ramp' });
	ramp.getContext('2d').putImageData(new ImageData(new Uint8ClampedArray(RAMP.buffer), 65), 0, 0);
	const parts = { box: el('div'), count: el('p', { class: 'hint' }), span: el('output') };
	parts.dense = el('p', { class: 'hint' }, ramp, t('firms_dense'));
	parts.years = el('div', { role: 'group', 'aria-label': t('firms_years') }, el('h3', { class: 'over' }, t('firms_years'), ' ', parts.span), end(layer, 0), end(layer, 1));
	const headings = ['firms_sector', 'firms_size'].map((key, k) => heading(layer, k, t(key), own([layer.sectors, layer.sizes][k]), change));
	parts.box.append(parts.count, parts.dense, ...headings.slice(0, layer.sizes[0] ? 2 : 1), parts.years);
	layer.parts = parts;
	update(layer);
	tell(layer);
	return parts.box;
}

const nameOf = ({ words, spelling }, i) => spelling.map((column) => words[column[i]]).join(' ').trim() || t('firms_one');

function facts(layer, i) {
	const { columns: { sector, size, opened, closed }, sectors, sizes, colours } = layer;
	const years = [opened, closed].map((list) => list?.[i] || '…');
	const lines = [own(sizes)[size?.[i]], (opened || closed) && t('firms_open', { a: years[0], b: years[1] })].filter(Boolean);
	return [el('strong', {}, nameOf(layer, i)), el('p', {}, dot(colours[sector[i]]), own(sectors)[sector[i]]), ...lines.map((line) => el('p', { class: 'sub' }, line))];
}

/* One establishment and others of its place, which are its neighbours in the order. */
function open(layer, i, near) {
	const { x, y, shown } = layer;
	const here = [];
	for (const step of [-1, 1])
		for (let k = i + step; x[k] === x[i] && y[k] === y[i]; k += step) if (shown[k]) here.push(k);
	const at = map.unproject([x[i], y[i]], DEEP);
	at.lng += 360 * Math.round((near.lng - at.lng) / 360);
	GT.further.pop(map, at, ...facts(layer, i), here[0] ? el('p', { class: 'hint' }, t('same_place', { n: number(here.length) })) : '',
		...here.slice(0, LISTED).flatMap((k) => facts(layer, k)));
}

function pick(near, limit) {
	const z = Math.round(map.getZoom());
	const point = map.project(near.wrap(), z);
	const tile = Object.assign(point.divideBy(256).floor(), { z });
	let best;
	for (const layer of layers) {
		if (!layer.on || isDense(layer, z)) continue;
		each(layer, z, tile, true, (i, x, y) => {
			const far = point.distanceTo([x + tile.x * 256, y + tile.y * 256]);
			if (far < limit) [best, limit] = [[layer, i, near], far];
		});
	}
	if (best) open(...best);
	return !!best;
}

function visit(layer, i, change) {
	const at = map.unproject([layer.x[i], layer.y[i]], DEEP);
	if (!layer.on) layer.toggle(layer);
	map.setView(at, Math.max(map.getZoom(), 15), { animate: false });
	open(layer, i, at);
}

/* Establishments whose name has all that is looked for, at most so many. */
function find(wanted, most) {
	const found = [];
	for (const layer of layers) {
		const { words, columns, shown } = layer;
		if (!words || !wanted[0]) continue;
		layer.plain ||= words.map(plain);
		const hits = wanted.map((part) => Uint8Array.from(layer.plain, (word) => word.includes(part)));
		for (let i = 0; i < shown.length && found.length < most; i++)
			if (hits.every((hit) => layer.spelling.some((column) => hit[column[i]])))
				found.push({ value: () => visit(layer, i), label: nameOf(layer, i), detail: own(layer.sectors)[columns.sector[i]] });
	}
	return found;
}

async function read(layer) {
	const [{ columns, texts }, named] = await Promise.all([layer.table, layer.named].map((id) => id && GT.codec.unpack(ui[id].textContent)));
	const [x, y] = [columns.x, columns.y].map((values) => Int32Array.from(values));
	return { ...layer, ...texts, columns, x, y, words: named?.texts.words, spelling: Object.values(named?.columns || {}), code: Uint32Array.from(x, (v, i) => morton(v >> 8, y[i] >> 8)),
		shown: new Uint8Array(x.length), shapes: [], kinds: [1], hidden: [new Set(), new Set()], span: [...texts.years] };
}

function build(layer, renderer, chart) {
	map = chart;
	if (!layers[0]) {
		Object.assign(map.createPane('firms').style, { zIndex: 430, pointerEvents: 'none' });
		map.on('zoomend', () => layers.forEach(tell));
		// ahead of what lies beneath, unless the map was dragged
		map.getContainer().addEventListener('click', (event) => {
			if (!event.target.closest('.leaflet-popup') && !map.dragging.moved() && pick(map.mouseEventToLatLng(event), 8)) event.stopPropagation();
		}, true);
	}
	layers.push(layer);
	layer.group = new Tiles({ pane: 'firms', keepBuffer: 1 });
	layer.group.layer = layer;
	sift(layer);
}

/* The day of the slider, as a year. */
function at(day) {
	year = Number(day?.slice(0, 4)) || undefined;
	for (const layer of layers) {
		sift(layer);
		tell(layer);
	}
}

GT.firms = { read, build, legend, pick, find, at };
