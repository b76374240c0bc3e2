/* Flows: wide where they begin, pointed where they end, each bent to its own side. */
const { t, own, el, svg, number, figure, put, max, min, assign } = GT.text;
const { chip, hint, row, replace } = GT.legend;
const WAYS = ['flow_all', 'flow_out', 'flow_in'];
const STEPS = Array.from({ length: 11 }, (_, k) => k / 10);

const Flow = L.Polygon.extend({
	_project() {
		const [a, b] = this._latlngs[0].map((at) => this._map.latLngToLayerPoint(at));
		const [x, y] = [b.x - a.x, b.y - a.y];
		const half = min(0.15, this.width / Math.hypot(x, y)) || 0;
		const edge = (w) => STEPS.map((s) => a.add([s * x + (1 - s) * (s / 2 + w) * y, s * y - (1 - s) * (s / 2 + w) * x]));
		const ring = [...edge(half), ...edge(-half).reverse()];
		this._rings = this.shown ? [ring] : [];
		this._rawPxBounds = L.bounds(ring);
		this._updateBounds();
	},
});

function group(layer, renderer) {
	const { rings, columns: { from, to, flow }, names } = layer;
	const told = (a, b) => el('p', {}, names[a] + ' → ' + names[b] + ': ' + figure(flow.find((_, i) => from[i] === a && to[i] === b)));
	layer.shapes = [...from].map((a, row) => {
		const b = to[row];
		const open = (at) => GT.further.tell(layer, at, el('strong', {}, own(layer.name)), told(a, b), told(b, a));
		return assign(new Flow([rings[a], rings[b]], { renderer, noClip: true, color: '#fff', fillOpacity: 0.85, bubblingMouseEvents: false }), { row, open });
	});
	return L.featureGroup(layer.shapes);
}

/* Whose flows, and from what size on; an address may come from anyone. */
function said({ table, names, start }) {
	const [place, at] = (GT.more[table] || '-1').split(',');
	return [names[+place] ? +place : -1, at >= 0 && at <= 100 ? +at : start];
}

/* What is shown, and how much of all that is. */
function paint(layer, slider) {
	const { shapes, columns: { from, to, flow }, colours, hidden, names } = layer;
	const [place, at] = said(layer);
	const way = ({ row }) => (place < 0 ? 0 : from[row] === place ? 1 : to[row] === place ? 2 : 3);
	const size = (one) => flow[one?.row];
	const sum = (list) => list.reduce((all, one) => all + size(one), 0);
	const mine = shapes.filter((one) => way(one) < 3);
	const least = size(mine.at(-1)) ** (1 - at / 100) * size(mine[0]) ** (at / 100) * 0.999999;
	const large = mine.filter((one) => size(one) >= least);
	const seen = large.filter((one) => !hidden.has(way(one)));
	for (const one of shapes) {
		one.options.interactive = one.shown = seen.includes(one);
		one.width = max(0.8, (9 * size(one)) / size(seen[0]));
		// the white edge that sets flows apart is never broader than they are
		one.setStyle({ fillColor: colours[way(one)], weight: one.width / 12 });
		one._map && one._reset();
	}
	replace(layer.keys, (place < 0 ? [0] : [1, 2]).map((k) => row(
		chip(svg('path', { d: 'M1 2L25 8L1 14', fill: colours[k] })),
		t(WAYS[k], { name: names[place] }), large.filter((one) => way(one) === k).length, null, hidden, k, () => paint(layer, slider))));
	put(layer.told, slider.ariaValueText = t('flows_told', { n: number(seen.length), m: number(mine.length), share: number((100 * sum(seen)) / sum(mine)), least: figure(size(seen.at(-1))), most: figure(size(seen[0])) }));
}

function controls(layer, change) {
	const { table, names, start, flows } = layer;
	const [place, at] = said(layer);
	const say = (...values) => (GT.more[table] = values.join());
	const slider = el('input', { type: 'range', value: at, 'aria-label': t('flow_least'), onchange: () => GT.remember(), oninput() {
		say(place, slider.value);
		paint(layer, slider);
	} });
	const list = el('select', { 'aria-label': t('flow_place'), onchange() {
		say(list.value, list.value < 0 ? start : 0);
		change();
	} }, ...[t('flow_any'), ...names].map((name, k) => el('option', { value: k - 1, selected: k - 1 === place }, name)));
	layer.keys = el('div');
	layer.told = hint();
	paint(layer, slider);
	return [list, slider, layer.told, layer.keys, ...flows.map((text) => hint(own(text)))];
}

GT.flows = { group, controls };
