/* Territories on the map: fills, hatching, circles, outlines, graticule. */
(() => {
'use strict';
const GT = (globalThis.GT ||= {});
const { WITHHELD, NOTHING } = GT.cells;
const [UNCLEAR, FEW, UNTESTED] = [1, 2, 3];
const SMALLEST = 2.5;
const GREY = '#8b8d8f';
const patterns = new Map();

/* A canvas at twice the resolution. */
function canvas(width, height, paint) {
	const node = document.createElement('canvas');
	[node.width, node.height] = [2 * width, 2 * height];
	const context = node.getContext('2d');
	context.scale(2, 2);
	paint(context);
	return node;
}

function tile(background, paint) {
	const node = canvas(8, 8, (context) => {
		context.fillStyle = background;
		context.fillRect(0, 0, 8, 8);
		paint(context);
	});
	const pattern = node.getContext('2d').createPattern(node, 'repeat');
	pattern.setTransform(new DOMMatrix().scale(0.5));
	return pattern;
}

const hatch = (colour, background) => tile(background, (context) => {
	context.strokeStyle = colour;
	context.lineWidth = 1.2;
	context.stroke(new Path2D('M-9 9L1 -1M-1 9L9 -1M7 9L17 -1'));
});

const boxes = (background, colour, path) => tile(background, (context) => {
	context.fillStyle = colour;
	context.fill(new Path2D(path));
});

const PATTERNS = {
	[WITHHELD]: () => boxes('#e9e8e6', GREY, 'M1 1h2v2H1zM5 5h2v2H5z'),
	[NOTHING]: () => boxes('#ffffff', '#cbc5b6', 'M0 1.5h4v1H0zM4 5.5h4v1H4z'),
};

function fillOf(scale, k, sure) {
	const hatched = sure === FEW || sure === UNTESTED;
	if (k < WITHHELD && !hatched) return (sure === UNCLEAR ? scale.faded : scale.colours)[k];
	const key = scale.hatches[k] || k;
	if (!patterns.has(key)) patterns.set(key, PATTERNS[k]?.() || hatch(key, scale.faded[k]));
	return patterns.get(key);
}

function areaStyle(scale, { k, sure, hidden }) {
	if (hidden) return { fillColor: scale.ground, color: '#c8c2b4' };
	return { fillColor: fillOf(scale, k, sure), color: '#ffffff' };
}

function pointStyle(scale, { k, sure, hidden, full }) {
	if (hidden) return { fillOpacity: 0, opacity: 0 };
	if (k === NOTHING) return { fillColor: '#ffffff', fillOpacity: 0.6, color: '#a8a294', opacity: 1 };
	const rim = k === WITHHELD ? GREY : full ? '#ffffff' : scale.inks[k];
	return { fillColor: fillOf(scale, k, sure), fillOpacity: 0.92, color: rim, opacity: 1 };
}

/* Area proportional to `value`; the largest circle of the sector has radius `largest`. */
const radius = (value, most, largest) => (value > 0 ? Math.max(SMALLEST, largest * Math.sqrt(value / most)) : SMALLEST);

/* Polygons or circles, one for each row of the layer, in a group. */
function group(data, options) {
	data.shapes = data.rings.map((at, row) => {
		const shape = data.kind === 'area' ? L.polygon(at, { smoothFactor: 0.6, ...options }) : L.circleMarker(at, { radius: 4, weight: 1, ...options });
		shape.row = row;
		return shape;
	});
	return L.featureGroup(data.shapes);
}

/* Colours, sizes and order of all territories for one sector. */
function paint({ shapes, cells, kind, size, scale }, largest) {
	const style = kind === 'area' ? areaStyle : pointStyle;
	const sizes = size && kind === 'point' && cells.map(({ get }) => get(size));
	const most = sizes ? sizes.reduce((a, b) => (b > a ? b : a), 0) : 0;
	shapes.forEach((shape, row) => {
		shape.setStyle(style(scale, cells[row]));
		shape.options.interactive = !cells[row].hidden;
		if (kind === 'point') shape.setRadius(sizes ? radius(sizes[row], most, largest) : 5);
	});
	if (sizes) [...shapes].sort((a, b) => b.getRadius() - a.getRadius()).forEach((shape) => shape.bringToFront());
	return most;
}

/* Meridians and parallels around the view, farther out than a reader is likely to wander. */
function graticule(step, [[south, west], [north, east]], renderer) {
	const style = { renderer, interactive: false, color: '#ffffff', opacity: 0.75, weight: 1 };
	const lines = [];
	const reach = 24 * step;
	const from = (v, least) => Math.ceil(Math.max(v - reach, least) / step) * step;
	const [bottom, top] = [from(south, -80), Math.min(north + reach, 80)];
	const [left, right] = [from(west, -540), Math.min(east + reach, 540)];
	for (let x = left; x <= right; x += step) lines.push(L.polyline([[bottom, x], [top, x]], style));
	for (let y = bottom; y <= top; y += step) lines.push(L.polyline([[y, left], [y, right]], style));
	return L.featureGroup(lines);
}

/* A swatch of the legend, painted by the very fills of the map. */
function swatch({ scale, kind }, k, sure) {
	const node = canvas(26, 16, (context) => {
		context.beginPath();
		if (kind === 'point') context.arc(13, 8, 7, 0, 7);
		else context.roundRect(0.5, 0.5, 25, 15, 3);
		context.fillStyle = fillOf(scale, k, sure);
		context.fill();
		context.strokeStyle = 'rgba(40,50,58,.3)';
		context.stroke();
	});
	node.className = 'swatch';
	return node;
}

GT.draw = { group, paint, graticule, swatch, radius, GREY };
})();
