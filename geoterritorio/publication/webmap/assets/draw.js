/* Territories on the map: fills, hatching, circles, outlines. */
const { el, pen, max, assign } = GT.text;
const { WITHHELD, NOTHING } = GT.cells;
const SMALLEST = 2.5;
const GREY = '#8b8d8f';
const patterns = new Map();

/* A canvas at twice the resolution. */
function canvas(width, height, paint) {
	const node = el('canvas', { width: 2 * width, height: 2 * height });
	const context = pen(node);
	context.scale(2, 2);
	paint(context);
	return node;
}

/* Dots: withheld, dashes: not known; ground, colour, width and path of the lines. */
const MISSING = { [WITHHELD]: ['#e9e8e6', GREY, 2, 'M1 2h2M5 6h2'], [NOTHING]: ['#fff', '#cbc5b6', 1, 'M0 2h4M4 6h4'] };
const HATCH = 'M-9 9L1 -1M-1 9L9 -1M7 9L17 -1';
/* Over what is not clear, on few establishments, or not tested. */
const LINES = [, 'M2 0v8M6 0v8', HATCH, HATCH];

function pattern(ground, colour, width, path) {
	const node = canvas(8, 8, (context) => {
		context.fillStyle = ground;
		context.fillRect(0, 0, 8, 8);
		context.strokeStyle = colour;
		context.lineWidth = width;
		context.stroke(new Path2D(path));
	});
	const made = pen(node).createPattern(node, 'repeat');
	made.setTransform(new DOMMatrix().scale(0.5));
	return assign(made, { id: 'hatch' + patterns.size, look: [ground, colour, width, path] });
}

function fillOf(scale, k, sure) {
	const lines = LINES[sure];
	if (k < WITHHELD && !lines) return scale.colours[k];
	const key = MISSING[k] ? k : scale.hatches[k] + lines;
	if (!patterns.has(key)) patterns.set(key, pattern(...(MISSING[k] || [scale.faded[k], scale.hatches[k], 1.2, lines])));
	return patterns.get(key);
}

function areaStyle(scale, { k, sure, veiled }) {
	const [fillColor, color] = veiled ? [scale.ground, '#c8c2b4'] : [fillOf(scale, k, sure), '#fff'];
	return { fillColor, color, fill: true, stroke: true, fillOpacity: 1, opacity: 1 };
}

function pointStyle(scale, { k, sure, veiled, full }) {
	if (veiled) return { fillOpacity: 0, opacity: 0 };
	if (k === NOTHING) return { fillColor: '#fff', fillOpacity: 0.6, color: '#a8a294', opacity: 1 };
	const rim = k === WITHHELD ? GREY : full ? '#fff' : scale.inks[k];
	return { fillColor: fillOf(scale, k, sure), fillOpacity: 0.92, color: rim, opacity: 1 };
}

/* Area proportional to `value`; the largest circle has radius `largest`. */
const radius = (value, most, largest) => (value > 0 ? max(SMALLEST, largest * Math.sqrt(value / most)) : SMALLEST);

/* Polygons or circles, one for each row. */
function group(data, given) {
	const options = { smoothFactor: 0.6, bubblingMouseEvents: false, ...given };
	data.shapes = data.rings.map((at, row) => {
		const shape = data.kind === 'area' ? L.polygon(at, options) : L.circleMarker(at, { radius: 4, weight: 1, ...options });
		shape.row = row;
		return shape;
	});
	return L.featureGroup(data.shapes);
}

/* Colours, sizes and order of all territories for one sector. */
function paint({ shapes, cells, kind, size, scale }, largest, least = 0) {
	const style = kind === 'area' ? areaStyle : pointStyle;
	const sizes = size && kind === 'point' && cells.map(({ get }) => get(size));
	const most = sizes ? sizes.reduce((a, b) => (b > a ? b : a), least) : 0;
	shapes.forEach((shape, row) => {
		shape.setStyle(cells[row] ? style(scale, cells[row]) : { fill: false, stroke: false });
		shape.options.interactive = cells[row]?.veiled === false;
		if (kind === 'point') shape.setRadius(sizes ? radius(sizes[row], most, largest) : 5);
	});
	if (sizes) [...shapes].sort((a, b) => b.getRadius() - a.getRadius()).forEach((shape) => shape.bringToFront());
	return most;
}

/* A swatch of the legend, with the very fills of the map. */
function swatch({ scale, kind }, k, sure, left = k) {
	const node = canvas(26, 16, (context) => {
		context.beginPath();
		if (kind === 'point') context.arc(13, 8, 7, 0, 7);
		else context.roundRect(0.5, 0.5, 25, 15, 3);
		context.fillStyle = fillOf(scale, k, sure);
		context.fill();
		context.strokeStyle = 'rgba(40,50,58,.3)';
		context.stroke();
		context.clip();
		context.fillStyle = fillOf(scale, left, sure);
		context.fillRect(1, 0, left === k ? 0 : 12, 16);
	});
	node.className = 'swatch';
	return node;
}

GT.draw = { group, paint, swatch, radius, patterns, GREY };
