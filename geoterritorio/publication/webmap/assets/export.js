/* The map as seen, or two, with title, legend, scale and sources: a drawing, a picture, a printed page. */
const { ui, svg, path, el, put, edges, pen, max, every } = GT.text;
const PANEL = 310;
const ruler = pen(el('canvas'));

/* What is told beside the map, as seen; after the title, layers that cover others come first. */
const first = (node) => (node === ui.title ? 2 : !ui.cover.hidden && node.closest('#above,:has(>#further)') ? 1 : 0);
const told = () => every(ui.pages.dataset.told).filter((node) => node.offsetParent && !node.closest('.dense .key')).sort((a, b) => first(b) - first(a));

function wrapped(text, width) {
	const lines = [''];
	for (const word of text.split(/\s+/)) {
		const longer = (lines.at(-1) + ' ' + word).trim();
		if (ruler.measureText(longer).width < width || !lines.at(-1)) lines.splice(-1, 1, longer);
		else lines.push(word);
	}
	return lines;
}

/* Lines, areas and circles as the map has drawn them; areas of one hatching make one path, which keeps a print small. */
function trace(box, same, shape) {
	const { _parts, _point, _radius: r, options: { fill, fillColor, fillOpacity, stroke, color, weight, opacity } } = shape;
	const d = _parts ? _parts.map((part) => 'M' + part.map(({ x, y }) => x + ' ' + y).join('L') + (shape instanceof L.Polygon ? 'Z' : '')).join('') : `M${_point.x - r} ${_point.y}a${r} ${r} 0 1 1 0 .01z`;
	const id = _parts && fillColor?.id;
	if (id && same[id]) return same[id].setAttribute('d', same[id].getAttribute('d') + d);
	box.append(same[id] = path(d, { fill: fill ? (fillColor?.id ? `url(#${fillColor.id})` : fillColor || color) : 'none', 'fill-rule': 'evenodd', 'fill-opacity': fillOpacity, stroke: stroke ? color : 'none', 'stroke-width': weight, 'stroke-opacity': opacity }));
}

/* What a map shows, or a part of it, with its scale, beside what is on its left; two share their hatchings, and say which is which. */
function drawing(map, x = 0, { left = 0, top = 0, width = map.getSize().x, height = map.getSize().y } = {}) {
	const zero = map.containerPointToLayerPoint([left, top]);
	const corner = edges(map.getContainer());
	const box = svg('svg', { x, width, height, viewBox: [zero.x, zero.y, width, height] }, svg('rect', { ...zero, width, height, fill: '#e4e9ec' }),
		...Array.from(x > PANEL ? [] : GT.draw.patterns.values(), ({ id, look: [ground, stroke, wide, d] }) => svg('pattern', { id, width: 8, height: 8, patternUnits: 'userSpaceOnUse' }, svg('rect', { width: 8, height: 8, fill: ground }), svg('path', { d, stroke, 'stroke-width': wide }))));
	const image = (canvas) => {
		const { x, y, width, height } = edges(canvas);
		box.append(svg('image', { x: zero.x + x - corner.x - left, y: zero.y + y - corner.y - top, width, height, 'image-rendering': 'pixelated', href: canvas.toDataURL() }));
	};
	map.eachLayer(({ _container: canvas, _drawFirst: first, _tiles: tiles }) => {
		for (const { el } of Object.values(tiles || {})) if (el.getContext) image(el);
		if (!canvas?.getContext) return;
		const same = {};
		for (let at = first; at; at = at.next) if (at.layer._parts?.[0] || at.layer._radius) trace(box, same, at.layer);
	});
	const scale = every('.leaflet-control-scale-line')[0];
	const write = (text, left, top, size) => svg('text', { x: zero.x + left, y: zero.y + top, 'font-size': size, stroke: '#e4e9ec', 'stroke-width': 4, 'paint-order': 'stroke' }, text);
	box.append(path(`M${zero.x + 12} ${zero.y + height - 20}v8h${scale.offsetWidth}v-8`, { fill: 'none', stroke: '#22303a' }), write(scale.textContent, 18, height - 16, 12));
	ruler.font = '15px sans-serif';
	GT.compare.names(map).flatMap((name) => wrapped(name, width - 24)).forEach((line, k) => box.append(write(line, 12, 22 + 19 * k, 15)));
	return box;
}

function picture(map) {
	const { x: wide, y: height } = map.getSize();
	const maps = [map, ...GT.compare.maps()];
	const parts = maps.map((one, k) => drawing(one, PANEL + k * (wide + 3)));
	let y = 14;
	for (const node of told()) {
		const mark = node.querySelector('canvas,svg:not(.bar)');
		const [wide, high] = mark ? [mark.clientWidth + 8, mark.clientHeight] : [0, 0];
		if (mark) parts.push(svg('svg', { x: 14, y, width: wide, height: high }, mark.getContext ? svg('image', { href: mark.toDataURL(), width: wide - 8 }) : mark.cloneNode(true)));
		const size = node === ui.title ? 20 : 13;
		const weight = node.matches('.over,h1') ? 600 : 400;
		ruler.font = weight + ' ' + size + 'px sans-serif';
		y += max(0, high - 18) / 2;
		for (const line of wrapped(node.value || (node.querySelector('.name') || node).textContent, PANEL - 28 - wide))
			parts.push(svg('text', { x: 14 + wide, y: (y += size * 1.25) - 3, 'font-size': size, 'font-weight': weight }, line));
		y += 6 + max(0, high - 18) / 2;
	}
	const [right, low] = [PANEL + maps.length * (wide + 3) - 3, max(height, y)];
	return svg('svg', { width: right, height: low, viewBox: [0, 0, right, low], 'font-family': 'sans-serif', fill: '#22303a' }, svg('rect', { width: '100%', height: '100%', fill: '#fff' }), ...parts);
}

/* What is told, once more: pictures that are drawn are drawn again, and nothing can be pressed. */
function copy(node) {
	const made = el(node.matches('h2,summary') ? 'h2' : 'p', { class: node.className }, ...(node.matches('.key,li,.hint') ? node.cloneNode(true).childNodes : [node.textContent]));
	every('canvas', made).forEach((canvas, k) => pen(canvas).drawImage(every('canvas', node)[k], 0, 0));
	return made;
}

/* A heading and what follows it stay on one sheet. */
function grouped(nodes) {
	const groups = [el('div')];
	for (const node of nodes.map(copy)) {
		if (node.matches('h2')) groups.push(el('div'));
		groups.at(-1).append(node);
	}
	return groups;
}

/* Of two maps the territories, where these are in sight whole and none is far from them: paper has no room for what lies around. */
function part(map, view) {
	if (!GT.compare.maps()[0] || !ui.beyond.hidden || !map.getBounds().contains(view)) return;
	const [low, high] = view.map((at) => map.latLngToContainerPoint(at));
	return { left: low.x - 24, top: high.y - 48, width: high.x - low.x + 48, height: low.y - high.y + 84 };
}

/* A page of paper: words, what the map shows, all that is told beside it. */
function sheet(map, view, title, text = '') {
	const beside = told().filter((node) => node !== ui.title && node !== ui.sector);
	return el('section', {}, el('h1', {}, title), el('div.over', {}, title === document.title ? '' : document.title), el('p', {}, text), ...[ui.cover.hidden ? '' : ui.cover.textContent, ui.sector.value].filter(Boolean).map((name) => el('h2', {}, name)), ...[map, ...GT.compare.maps()].map((one) => drawing(one, 0, part(map, view))), el('div.told', {}, ...grouped(beside)));
}

/* No control characters: XML has none. */
const xml = (root) => new XMLSerializer().serializeToString(root).replace(/[^\t\n -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');

GT.export = (map, view) => {
	ui.svg.onclick = () => GT.table.save(xml(picture(map)), 'image/svg+xml', 'map.svg');
	ui.png.onclick = async () => {
		const image = new Image();
		image.src = 'data:image/svg+xml,' + encodeURIComponent(xml(picture(map)));
		await image.decode();
		const canvas = el('canvas', { width: 2 * image.width, height: 2 * image.height });
		pen(canvas).drawImage(image, 0, 0, canvas.width, canvas.height);
		canvas.toBlob((blob) => GT.table.save(blob, 'image/png', 'map.png'));
	};
	ui.print.onclick = () => print();
	const page = (...words) => sheet(map, view, ...words);
	onbeforeprint = () => {
		put(ui.pages, ...(ui.story.hidden ? [page(document.title)] : GT.story.pages(page)), el('footer', {}, ...grouped(every('#panel>details:not([hidden]) :is(summary,li)'))));
		// the first rule of our styles is that of the sheet
		document.styleSheets[1].cssRules[0].style.size = every('#pages svg+svg')[0] ? 'landscape' : '';
	};
	onafterprint = () => put(ui.pages);
};
