/* Territories on the map: fills, hatching, circles, outlines, graticule. */
(() => {
'use strict';
const GT = (globalThis.GT ||= {});
const ZERO = 7;
const WITHHELD = 8;
const NOTHING = 9;
const FEW = 2;
const UNTESTED = 3;
const UNCLEAR = 1;
const SMALLEST = 2.5;
const GREY = '#8b8d8f';
let palette;
const patterns = new Map();

function tile(paint, background) {
	const size = 8;
	const dense = 2;
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = size * dense;
	const context = canvas.getContext('2d');
	context.scale(dense, dense);
	context.fillStyle = background;
	context.fillRect(0, 0, size, size);
	paint(context, size);
	const pattern = context.createPattern(canvas, 'repeat');
	pattern.setTransform(new DOMMatrix().scale(1 / dense));
	return pattern;
}

function hatch(k) {
	return tile((context, size) => {
		context.strokeStyle = palette.hatches[k];
		context.lineWidth = 1.2;
		context.beginPath();
		for (const shift of [-size, 0, size]) {
			context.moveTo(shift - 1, size + 1);
			context.lineTo(shift + size + 1, -1);
		}
		context.stroke();
	}, palette.faded[k]);
}

function dots() {
	return tile((context) => {
		context.fillStyle = GREY;
		for (const at of [1, 5]) context.fillRect(at, at, 2, 2);
	}, '#e9e8e6');
}

function dashes() {
	return tile((context) => {
		context.fillStyle = '#cbc5b6';
		context.fillRect(0, 1.5, 4, 1);
		context.fillRect(4, 5.5, 4, 1);
	}, '#ffffff');
}

const PATTERNS = { [WITHHELD]: dots, [NOTHING]: dashes };

function fillOf(k, sure) {
	const hatched = sure === FEW || sure === UNTESTED;
	if (k < WITHHELD && !hatched) return sure === UNCLEAR ? palette.faded[k] : palette.colours[k];
	if (!patterns.has(k)) patterns.set(k, (PATTERNS[k] || hatch)(k));
	return patterns.get(k);
}

function areaStyle(k, sure, hidden, weight) {
	if (hidden) return { fillColor: palette.ground, fillOpacity: 1, color: '#c8c2b4', weight };
	return { fillColor: fillOf(k, sure), fillOpacity: 1, color: '#ffffff', weight };
}

function pointStyle(k, sure, hidden) {
	if (hidden) return { fillOpacity: 0, opacity: 0 };
	if (k === NOTHING) return { fillColor: '#ffffff', fillOpacity: 0.6, color: '#a8a294', opacity: 1, weight: 1 };
	const rim = k === WITHHELD ? GREY : sure === 0 || sure === 4 ? '#ffffff' : palette.inks[k];
	return { fillColor: fillOf(k, sure), fillOpacity: 0.92, color: rim, opacity: 1, weight: 1 };
}

/* Area proportional to `value`; the largest circle of the sector has radius `largest`. */
const radius = (value, most, largest) => (value > 0 ? Math.max(SMALLEST, largest * Math.sqrt(value / most)) : SMALLEST);

function group(data, renderer) {
	const shapes = data.rings.map((at, i) => {
		const shape = data.kind === 'area'
			? L.polygon(at, { renderer, smoothFactor: 0.6, lineJoin: 'round' })
			: L.circleMarker(at, { renderer, radius: 4 });
		shape.territory = i;
		return shape;
	});
	return L.featureGroup(shapes);
}

/* Colours, sizes and order of all territories for one sector. */
function paint(shapes, data, sector, isHidden, largest) {
	const n = data.ids.length;
	const start = sector * n;
	const style = data.kind === 'area' ? areaStyle : pointStyle;
	const sizes = data.size && data.kind === 'point' ? data.columns[data.size].subarray(start, start + n) : null;
	const most = sizes ? sizes.reduce((a, b) => (b > a ? b : a), 0) : 0;
	shapes.forEach((shape, i) => {
		const [k, sure] = [data.columns.class[start + i], data.columns.sure[start + i]];
		const hidden = isHidden(k, sure);
		shape.setStyle(style(k, sure, hidden, n > 2000 ? 0.4 : 0.8));
		shape.options.interactive = !hidden;
		if (data.kind === 'point') shape.setRadius(sizes ? radius(sizes[i], most, largest) : 5);
	});
	if (sizes) [...shapes].sort((a, b) => b.getRadius() - a.getRadius()).forEach((shape) => shape.bringToFront());
	return most;
}

function ground(data, renderer) {
	const style = { renderer, interactive: false, fillColor: palette.ground, fillOpacity: 1, color: '#cdc7b9', weight: 0.8 };
	return L.featureGroup(data.kind === 'area' ? data.rings.map((rings) => L.polygon(rings, style)) : []);
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
function swatch(k, sure, round) {
	const canvas = document.createElement('canvas');
	const dense = 2;
	canvas.width = 26 * dense;
	canvas.height = 16 * dense;
	canvas.className = 'swatch';
	const context = canvas.getContext('2d');
	context.scale(dense, dense);
	context.beginPath();
	if (round) context.arc(13, 8, 7, 0, 7);
	else context.roundRect(0.5, 0.5, 25, 15, 3);
	context.fillStyle = fillOf(k, sure);
	context.fill();
	context.strokeStyle = 'rgba(40,50,58,.3)';
	context.stroke();
	return canvas;
}

const use = (given) => {
	palette = given;
	GT.draw.breaks = given.breaks;
};
GT.draw = { use, group, paint, ground, graticule, swatch, radius, ZERO, WITHHELD, NOTHING };
})();
