/* The page: its state, and what follows from it. */
const { t, ui, own, el, button, quotient, figure, amount, numbers, label, speak, put, max, min, assign, every, focused } = GT.text;
const { refresh, rowOf, status, words } = GT.cells;
const state = { layer: 0, chosen: null, table: false };
const shapes = {};
let page;
let layers = [];
let further = [];
let map;
let back = null;
let tiles;
let sectorBox;
let ground; // the outlines under all layers
let home; // the whole map as last fitted

const data = () => layers[state.layer];
const open = () => state.chosen !== null;
const ticked = () => further.filter((layer) => layer.on);
const unpack = (id) => GT.codec.unpack(ui[id].textContent);

async function readShape(id) {
	const { columns, texts } = await unpack(id);
	const rings = columns.sizes ? GT.codec.rings(columns) : Array.from(columns.x, (x, i) => [columns.y[i], x]);
	return { rings, ...texts };
}

/* A shape that several layers share is read once. */
async function read(layer) {
	const [form, { columns, texts }] = await Promise.all([(shapes[layer.shape] ||= readShape(layer.shape)), unpack(layer.table)]);
	return { ...form, ...texts, ...layer, columns };
}

async function readLayer(layer) {
	const found = await read(layer);
	const sectors = found.sectors.map((code, s) => ({ code, get name() { return own(found.sector_names)[s]; } }));
	const size = ['employment', 'establishments'].find((name) => found.columns[name]);
	const { steps } = found;
	const figures = steps && { main: 'value', format: figure, step: steps.length - 1 };
	return { ...found, get names() { return own(found.names); }, get scales() { return GT.classes.scales(this, page.palettes); }, sectors, size, sector: found.first, main: 'lq', format: quotient, ...figures };
}

/* What the address says of the map. */
function parts() {
	const { lat, lng } = map.getCenter();
	return Object.entries({
		...GT.more,
		layer: state.layer,
		sector: data()?.sectors[data().sector]?.code,
		day: data()?.steps?.[data().step],
		lang: GT.text.language(),
		view: [lat.toFixed(3), lng.toFixed(3), map.getZoom()].join(','),
		table: state.table && '1',
		// that nothing is ticked is told where the map opens with something
		hidden: sets().map((set) => [...set]).join(';').replace(/;+$/, ''),
		further: ticked().map((layer) => further.indexOf(layer)).join(',') || (page.further.some(({ on }) => on) && '-'),
		territory: data()?.ids[state.chosen],
	}).filter(([, part]) => part);
}

/* What the legend hides: classes, certainties, kinds of further layers. */
const sets = () => [data()?.scale?.hidden, data()?.scale?.hiddenSure, ...further.map(({ code, hidden }) => !code && hidden), GT.compare.scale(layers)?.hidden].map((set) => set || new Set());

/* Another view, sector or map is a page that the reader can go back to. */
function remember() {
	if (GT.still) return;
	const said = new URLSearchParams(parts());
	const before = new URLSearchParams(location.hash.slice(1));
	const turned = before.has('view') && ['story', 'layer', 'sector', 'layer2', 'sector2', 'territory2'].some((name) => said.get(name) !== before.get(name));
	try {
		history[turned ? 'pushState' : 'replaceState'](1, '', '#' + said);
	} catch {
		// no address
	}
}

function recall(text) {
	const parts = new URLSearchParams(text);
	const listed = (name) => (parts.get(name) || '').split(',');
	GT.more = Object.fromEntries(parts);
	// an address may come from anyone: `length` is in every list
	const at = listed('layer');
	state.layer = layers[at]?.table ? +at : 0;
	if (data()) {
		const sector = data().sectors.findIndex(({ code }) => code === parts.get('sector'));
		if (sector >= 0) data().sector = sector;
		if (data().steps && parts.has('day')) data().step = GT.history.stepOf(data(), parts.get('day'));
		refresh(data());
		state.chosen = rowOf(data(), parts.get('territory'));
	}
	state.table = parts.get('table') === '1';
	if (parts.has('further')) for (const k in further) further[k].on = listed('further').includes(k);
	const view = listed('view').map(Number);
	return { lang: parts.get('lang'), view: view[2] && Math.abs(view[0]) <= 90 && Math.abs(view[1]) <= 540 ? view : null };
}

function summary() {
	const clear = data().cells.filter(({ known, sure }) => known && sure === 0);
	const above = clear.filter(({ x }) => x > 1).length;
	const texts = [t('above_one', { n: amount(above) }), t('below_one', { n: amount(clear.length - above) })];
	put(ui.summary, data().columns.sure.includes(0) ? texts.join('\u00a0· ') : '');
}

function show() {
	GT.story.draw();
	if (!data()?.sectors.length) return;
	const chosen = data().ids[state.chosen];
	refresh(data());
	state.chosen = rowOf(data(), chosen);
	map.lines.clearLayers();
	ui.time.hidden = !data().steps;
	ui.previous.hidden = ui.next.hidden = data().sectors.length < 2;
	if (data().steps) GT.history.draw(data(), map.lines, map.over);
	const largest = min(30, max(14, map.getSize().x / 34));
	let most = GT.draw.paint(data(), largest);
	const both = GT.compare.draw(data(), most, largest);
	if (both > most) most = GT.draw.paint(data(), largest, both);
	GT.legend.draw(data(), most, largest, show);
	raise();
	GT.firms.at(data().steps?.[data().step]);
	summary();
	sectorBox.rest();
	beyond();
	drawTable();
	drawCard();
	remember();
}

const full = ({ kind, filled }) => kind === 'area' && filled;
/* What covers the layer beneath. */
const cover = () => layers[0] && ticked().findLast(full);

/* Filled areas lie under lines and points, and over quotients: the uppermost is named. */
function raise() {
	for (const { group } of ticked().sort((a, b) => full(b) - full(a))) group.bringToFront();
	const name = own(cover()?.name);
	ui.cover.hidden = !name;
	ui.summary.hidden = !!name || !ui.time.hidden;
	put(ui.cover, t('cover', { name }));
	put(ui.lq, t(name ? 'lq_covered' : 'lq', { name }));
}

/* Another day; what is told of it is read out. */
function slide(step) {
	data().step = step;
	show();
	put(ui.live, GT.history.words());
}

/* What lies outside the first view: islands, points gone astray. */
function beyond() {
	const first = L.latLngBounds(page.view);
	const above = ticked().flatMap(({ shapes }) => shapes.filter(({ shown }) => shown));
	const far = [...(data()?.rows || []).map((row) => data().shapes[row]), ...above].map(boxOf).filter((box) => !first.intersects(box));
	ui.beyond.hidden = !far.length;
	put(ui.beyond, t('beyond', { n: amount(far.length) }));
	ui.beyond.onclick = () => map.fitBounds(far.reduce((all, box) => all.extend(box), first), { padding: [99, 99] });
}

function drawFurther() {
	map.closePopup();
	GT.further.draw(further, toggle, drawFurther, cover());
	raise();
	if (open()) drawCard();
	beyond();
	remember();
}

function toggle(layer) {
	layer.on = !layer.on;
	layer.group[layer.on ? 'addTo' : 'remove'](map);
	drawFurther();
	layer.on && reveal();
}

function drawTable() {
	ui.table.hidden = !state.table;
	ui.tableButton.ariaExpanded = state.table;
	ui.gt.classList.toggle('with-table', state.table);
	if (state.table) GT.table.draw(data(), { open: select, chosen: state.chosen });
}

/* A map that was whole stays whole in another size. */
function resize(change = () => {}) {
	const whole = home && map.getZoom() === home.zoom && map.getCenter().distanceTo(home.centre) < 1;
	const centre = map.getCenter();
	change();
	map.invalidateSize({ pan: false });
	if (whole) fit();
	else map.setView(centre, map.getZoom(), { animate: false });
	GT.compare.sync();
}

function toggleTable() {
	state.table = !state.table;
	resize(drawTable);
	(state.table ? ui.table : ui.tableButton).focus();
	remember();
}

function fit() {
	// between two maps above each other the buttons lie at their side
	const right = narrow() && GT.compare.maps()[0] ? 64 : 14;
	map.fitBounds(page.view, { paddingTopLeft: [14, ui.bar.offsetHeight + 14], paddingBottomRight: [right, 14], animate: false });
	home = { zoom: map.getZoom(), centre: map.getCenter() };
}

/* A white edge sets the line off dark fills. */
function outline({ kind, rings, shapes }, row, group) {
	const radius = shapes[row].getRadius?.() + 2;
	for (const [color, weight] of [['#fff', 4.5], ['#22303a', 2]])
		GT.draw.group({ kind, rings: [rings[row]] }, { pane: 'mark', interactive: false, fill: false, color, weight, radius }).addTo(group);
}

function drawCard() {
	map.mark.clearLayers();
	ui.card.hidden = !ui.gt.classList.toggle('open', open());
	GT.compare.card(state.chosen);
	for (const row of every('[data-row]', ui.table)) row.classList.toggle('now', +row.dataset.row === state.chosen);
	if (!open()) return;
	outline(data(), state.chosen, map.mark);
	put(ui.also, ...GT.further.told(ticked(), data().ids[state.chosen], boxOf(data().shapes[state.chosen])));
	GT.card.draw(data(), state.chosen, { choose: chooseSector, slide });
}

const boxOf = (shape) => L.latLngBounds(shape.getBounds?.() || [shape.getLatLng()]);

const narrow = () => innerWidth <= 760;
const reveal = () => narrow() && ui.main.scrollIntoView();

/* Move the map until the chosen territory is not under the card. */
function uncover() {
	// the text of a story stays in sight
	if (!GT.more.story) reveal();
	const [card, box] = [ui.card, ui.map].map((node) => node.getBoundingClientRect());
	const sheet = card.left <= box.left || GT.compare.maps()[0];
	const hidden = sheet ? [20, max(20, box.bottom - card.top + 20)] : [box.right - card.left + 20, 20];
	map.panInside(boxOf(data().shapes[state.chosen]).getCenter(), { paddingTopLeft: [20, 80], paddingBottomRight: hidden });
}

function select(territory, from = null) {
	map.closePopup();
	state.chosen = territory;
	back = from;
	resize(drawCard);
	uncover();
	put(ui.live, data().names[territory] + '. ' + words(data(), data().cells[territory]));
	if (from) ui.card.focus();
	remember();
}

function deselect() {
	state.chosen = null;
	resize(drawCard);
	if (back?.isConnected) back.focus();
	else ui.map.focus({ preventScroll: true });
	remember();
}

function chooseSector(sector) {
	const held = ui.card.contains(focused());
	data().sector = sector;
	show();
	if (held) ui.card.focus();
}

function lay() {
	if (data()?.shape === page.ground) map.base.remove();
	else map.base.addTo(map);
	data()?.group.addTo(map);
}

function chooseLayer(layer) {
	data().group.remove();
	state.layer = layer;
	state.chosen = null;
	lay();
	resize(translate);
	ui.layers.children[layer].focus();
}

function drawLayers() {
	const move = (event) => {
		const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
		if (!step) return;
		event.preventDefault();
		chooseLayer((state.layer + step + layers.length) % layers.length);
	};
	ui.layers.hidden = layers.length < 2;
	put(ui.layers, ...layers.map(({ name }, k) => {
		const chosen = k === state.layer;
		return button({ role: 'radio', 'aria-checked': String(chosen), tabindex: chosen ? '0' : '-1', onclick: () => chooseLayer(k), onkeydown: move }, own(name));
	}));
}

function translate(lang = '') {
	if (!Object.hasOwn(page.texts, lang)) lang = GT.text.language();
	speak(page.texts, lang, data()?.steps);
	label();
	put(ui.title, document.title = own(page.title) || t(layers[0] ? 'untitled' : 'map'));
	drawLayers();
	for (const choice of ui.lang.children) choice.ariaPressed = choice.lang === lang;
	for (const name of ['notes', 'sources', 'origin']) {
		ui[name].hidden = !page[name][0];
		put(ui[name + 'List'], ...page[name].map((text) => el('li', {}, own(text))));
	}
	if (!layers[0]) put(ui.summary, further[0] ? t('empty') : '');
	drawFurther();
	show();
}

/* The shapes of a layer on a map; a pressed one is told. */
function group(layer, on, press) {
	const area = layer.kind === 'area' ? { fillOpacity: 1, weight: layer.ids.length > 2000 ? 0.4 : 0.8 } : {};
	const tip = ({ row }) => {
		const cell = layer.cells[row];
		return el('div', {}, el('strong', {}, layer.names[row]), el('div', {}, cell.known ? (t('lq_short') + ' ' + layer.format(cell.x)).trim() : status(layer, cell)));
	};
	layer.group = GT.draw.group(layer, { renderer: on.renderer, ...area });
	layer.group.bindTooltip(tip, { sticky: true, direction: 'top', offset: [0, -8], className: 'tip', opacity: 1 });
	layer.group.on('click', ({ propagatedFrom }) => {
		layer.group.closeTooltip();
		press(layer, propagatedFrom.row);
	});
	return layer.group;
}

/* The area under the middle of the map, or the nearest point. */
function central(shapes, limit = Infinity) {
	const at = map.latLngToLayerPoint(map.getCenter());
	let best;
	for (const shape of shapes.filter(({ options }) => options.interactive)) {
		const far = shape.getLatLng ? at.distanceTo(map.latLngToLayerPoint(shape.getLatLng())) : shape._containsPoint(at) ? 0 : limit;
		if (far < limit) [best, limit] = [shape, far];
	}
	return best;
}

/* Opens what is under the middle, for readers without a pointer. */
function openCentral() {
	const above = central(ticked().flatMap(({ shapes }) => shapes), 14);
	if (above) return above.open(map.getCenter());
	if (GT.firms.pick(map.getCenter(), 14)) return true;
	const own = central(data()?.shapes || []);
	return own && select(own.row, ui.map);
}

function wire() {
	for (const choice of ui.lang.children) choice.onclick = () => translate(choice.lang);
	ui.in.onclick = () => map.zoomIn();
	ui.out.onclick = () => map.zoomOut();
	ui.whole.onclick = fit;
	ui.tableButton.onclick = ui.tableClose.onclick = toggleTable;
	ui.cardClose.onclick = deselect;
	ui.tiles.onchange = switchTiles;
	ui.map.onkeydown = ({ key }) => {
		if (key === 'Enter') openCentral();
		// whoever moves on needs the cross, which would lie on the words of a popup
		if (key.startsWith('Arrow')) map.closePopup();
	};
	document.onkeydown = ({ key }) => {
		if (key !== 'Escape') return;
		map.closePopup();
		if (open()) deselect();
	};
	GT.combobox(ui.find, ui.findList, {
		options: () => (data()?.rows || []).map((value) => ({ value, label: data().names[value], detail: data().ids[value] })),
		more: GT.firms.find,
		current: () => '',
		pick: find,
	});
	if (!layers[0]) return;
	const step = (by) => () => chooseSector((data().sector + by + data().sectors.length) % data().sectors.length);
	ui.previous.onclick = step(-1);
	ui.next.onclick = step(1);
	ui.step.oninput = () => slide(+ui.step.value);
	ui.earlier.onclick = () => slide(data().step - 1);
	ui.later.onclick = () => slide(data().step + 1);
	sectorBox = GT.combobox(ui.sector, ui.sectorList, {
		options: () => data().sectors.map((s, value) => ({ value, label: s.name, detail: data().steps || s.code === s.name ? '' : s.code })),
		current: () => data().sectors[data().sector]?.name || '',
		pick: chooseSector,
	});
}

function find(territory) {
	if (territory.call) return territory();
	const shape = data().shapes[territory];
	map.fitBounds(boxOf(shape), { maxZoom: max(map.getZoom(), shape.getBounds ? 9 : 6), padding: [80, 80] });
	select(territory, ui.find);
}

function switchTiles() {
	const { checked } = ui.tiles;
	let failed = 0;
	put(ui.tilesState, '');
	ui.credit.hidden = !checked;
	ui.credit.firstElementChild.href = 'https://osm.org/copyright';
	ui.map.classList.toggle('tiled', checked);
	tiles?.remove();
	if (!checked) return;
	tiles = L.tileLayer(page.tiles, { maxZoom: 19, pane: 'tilePane' }).addTo(map);
	tiles.on('tileerror', () => {
		if (++failed !== 3) return;
		ui.tiles.click();
		put(ui.tilesState, t('tiles_failed'));
	});
}

/* A map with what lies under all layers, and room for marks over them. */
function sheet(node, keyboard) {
	const made = L.map(node, { keyboard, preferCanvas: true, zoomControl: false, attributionControl: false, zoomSnap: 0.25, keyboardPanDelta: 90, minZoom: 1, maxZoom: 16, fadeAnimation: false });
	for (const [name, z] of [['ground', 250], ['mark', 440], ['lines', 450]]) {
		assign(made.createPane(name).style, { zIndex: z, pointerEvents: 'none' });
	}
	const under = L.canvas({ pane: 'ground', padding: 0.3 });
	L.polyline(page.graticule, { renderer: under, interactive: false, color: '#fff', opacity: 0.75, weight: 1 }).addTo(made);
	const rings = ground.kind === 'area' ? ground.rings : [];
	return assign(made, {
		base: GT.draw.group({ kind: 'area', rings }, { renderer: under, interactive: false, fillColor: page.palettes[0].around.ground, fillOpacity: 1, color: '#cdc7b9', weight: 0.8 }),
		renderer: L.canvas({ padding: 0.3, tolerance: 3 }),
		over: L.canvas({ pane: 'lines', padding: 0.3 }),
		mark: L.layerGroup().addTo(made),
		lines: L.layerGroup().addTo(made),
	});
}

function build(given) {
	// a press gives the focus without a ring; Leaflet's own way would show one
	L.Map.Keyboard.include({ _onMouseDown() {} });
	map = sheet(ui.map, true);
	go(given);
	L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
	for (const layer of layers) group(layer, map, (_, row) => select(row));
	for (const layer of further) (layer.code ? GT.firms.build : GT.further.build)(layer, map.renderer, map);
	enter();
	GT.export(map);
	GT.remember = remember;
	map.on('moveend', remember);
	onpopstate = ({ state }) => (state ? visit(location.hash.slice(1)) : location.reload());
	for (const event of ['click', 'popupopen']) map.on(event, () => open() && deselect());
}

const go = (view) => (view ? map.setView(view.slice(0, 2), view[2], { animate: false }) : fit());

function enter() {
	lay();
	GT.firms.recall();
	GT.more.hidden?.split(';').forEach((list, k) => {
		const set = sets()[k];
		set?.clear();
		for (const code of numbers(list)) set?.add(code);
	});
	for (const { group } of ticked()) group.addTo(map);
}

/* Shows what parts of an address say. */
function visit(parts) {
	for (const { group } of [data() || {}, ...ticked()]) group?.remove();
	for (const layer of further) layer.on = false;
	const { lang, view } = recall(parts);
	enter();
	resize(() => translate(lang));
	go(view);
	if (open()) uncover();
}

/* Two frames later, or half a second without frames. */
const painted = () => new Promise((done) => {
	requestAnimationFrame(() => requestAnimationFrame(done));
	setTimeout(done, 500);
});

async function start() {
	page = JSON.parse(ui.page.textContent);
	speak(page.texts, page.lang);
	ground = await (shapes[page.ground] = readShape(page.ground));
	layers = await Promise.all(page.layers.map(readLayer));
	further = await Promise.all(page.further.map((layer) => (layer.firms ? GT.firms.read : read)(layer)));
	// an address that says more than the language says all
	const said = location.hash.slice(1);
	const { lang, view } = recall(/^(lang=\w*)?$/.test(said) ? said + '&' + page.opens : said);
	ui.gt.hidden = false;
	ui.gt.classList.toggle('empty', !layers[0]);
	const named = further.some(({ spelling }) => spelling?.[0]);
	ui.bar.hidden = !layers[0] && !named;
	if (named) ui.find.dataset.hint = ui.find.dataset.label = 'find_firm';
	build(view);
	wire();
	const app = { layers, map, data, sheet, group, outline, resize, show, visit, parts, select, reveal };
	GT.compare.wire(app);
	GT.story.start(app, page.story);
	translate(lang);
	resize();
	if (open()) uncover();
	await painted();
	document.documentElement.dataset.ready = 'true';
}

start().catch((error) => {
	document.body.prepend(el('p.broken', { role: 'alert' }, t('broken')));
	throw error;
});
