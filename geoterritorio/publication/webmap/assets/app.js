/* The page: its state, and what follows when it changes. */
(() => {
'use strict';
const GT = globalThis.GT;
const { t, ui, own, el, button, quotient, amount, label, speak } = GT.text;
const { refresh, status, words } = GT.cells;
const CREDIT = 'https://osm.org/copyright';
const state = { layer: 0, selected: null, table: false };
const shapes = {};
let page;
let layers = [];
let further = [];
let map;
let mark;
let back = null;
let tiles;
let sectorBox;
let base; // the outlines under all layers
let home; // the whole map as last fitted

const data = () => layers[state.layer];
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
	return { ...found, sectors, size, sector: found.first, scale: page.palette };
}

function remember() {
	if (!layers.length) return;
	const { lat, lng } = map.getCenter();
	const parts = new URLSearchParams({
		layer: state.layer,
		sector: data().sectors[data().sector]?.code || '',
		lang: GT.text.language(),
		view: [lat.toFixed(3), lng.toFixed(3), map.getZoom()].join(','),
	});
	if (state.table) parts.set('table', '1');
	if (ticked().length) parts.set('further', ticked().map((layer) => further.indexOf(layer)));
	if (state.selected !== null) parts.set('territory', data().ids[state.selected]);
	try {
		history.replaceState(null, '', '#' + parts);
	} catch {
		// no address
	}
}

function recall() {
	const parts = new URLSearchParams(location.hash.slice(1));
	const listed = (name) => (parts.get(name) || '').split(',');
	if (layers[parts.get('layer')]) state.layer = Number(parts.get('layer'));
	if (data()) {
		const sector = data().sectors.findIndex(({ code }) => code === parts.get('sector'));
		if (sector >= 0) data().sector = sector;
		const territory = data().ids.indexOf(parts.get('territory'));
		if (territory >= 0) state.selected = territory;
	}
	state.table = parts.get('table') === '1';
	for (const k of listed('further')) if (further[k]) further[k].on = true;
	const view = listed('view').map(Number);
	return { lang: parts.get('lang'), view: view.length === 3 && view.every(isFinite) ? view : null };
}

function summary() {
	const clear = data().cells.filter(({ known, sure }) => known && sure === 0);
	const above = clear.filter(({ x }) => x > 1).length;
	const texts = [t('above_one', { n: amount(above) }), t('below_one', { n: amount(clear.length - above) })];
	ui.summary.textContent = data().columns.sure.includes(0) ? texts.join('\u00a0· ') : '';
}

function show() {
	if (!data()?.sectors.length) return;
	refresh(data());
	const largest = Math.min(30, Math.max(14, map.getSize().x / 34));
	const most = GT.draw.paint(data(), largest);
	GT.legend.draw(data(), most, largest, show);
	for (const { group } of ticked()) group.bringToFront();
	summary();
	sectorBox.rest();
	drawTable();
	drawCard();
	remember();
}

/* What lies outside the first view: islands, far countries, points gone astray. */
function beyond() {
	const first = L.latLngBounds(page.view);
	const over = ticked().flatMap(({ shapes }) => shapes.filter(({ shown }) => shown));
	const far = [...(data()?.shapes || []), ...over].map(boxOf).filter((box) => !first.intersects(box));
	ui.beyond.hidden = !far.length;
	ui.beyond.textContent = t('beyond', { n: amount(far.length) });
	ui.beyond.onclick = () => map.fitBounds(far.reduce((all, box) => all.extend(box), first), { padding: [99, 99] });
}

function drawFurther() {
	map.closePopup();
	GT.further.draw(further, toggle, drawFurther);
	beyond();
}

function toggle(layer) {
	layer.on = !layer.on;
	if (layer.on) layer.group.addTo(map);
	else layer.group.remove();
	drawFurther();
	remember();
}

function drawTable() {
	ui.table.hidden = !state.table;
	ui.tableButton.ariaExpanded = state.table;
	ui.gt.classList.toggle('with-table', state.table);
	if (state.table) GT.table.draw(data(), { open: select, selected: state.selected });
}

function toggleTable() {
	const whole = home && map.getZoom() === home.zoom && map.getCenter().distanceTo(home.centre) < 1;
	state.table = !state.table;
	drawTable();
	map.invalidateSize();
	if (whole) fit();
	(state.table ? ui.table : ui.tableButton).focus();
	remember();
}

function fit() {
	map.fitBounds(page.view, { paddingTopLeft: [14, 66], paddingBottomRight: [14, 14], animate: false });
	home = { zoom: map.getZoom(), centre: map.getCenter() };
}

function drawCard() {
	mark.clearLayers();
	ui.card.hidden = state.selected === null;
	for (const row of ui.table.querySelectorAll('[data-row]')) row.classList.toggle('now', row.dataset.row === String(state.selected));
	if (state.selected === null) return;
	const at = data().rings[state.selected];
	const style = { pane: 'mark', interactive: false, color: '#22303a', weight: 1.7, fill: false };
	if (data().kind === 'area') L.polygon(at, style).addTo(mark);
	else L.circleMarker(at, { ...style, radius: data().shapes[state.selected].getRadius() + 2 }).addTo(mark);
	GT.card.draw(data(), state.selected, chooseSector);
}

const boxOf = (shape) => L.latLngBounds(shape.getBounds?.() || [shape.getLatLng()]);

/* Move the map until the chosen territory is not under the card. */
function uncover() {
	if (matchMedia('(max-width: 760px)').matches) ui.main.scrollIntoView({ block: 'start' });
	const [card, box] = [ui.card, ui.map].map((node) => node.getBoundingClientRect());
	const at = map.latLngToContainerPoint(boxOf(data().shapes[state.selected]).getCenter());
	const [x, y] = [at.x + box.left, at.y + box.top];
	const inside = x > box.left + 8 && x < box.right - 8 && y > box.top + 60 && y < box.bottom - 8;
	if (inside && (x < card.left - 20 || y < card.top - 20 || y > card.bottom + 20)) return;
	const sheet = card.left <= box.left + 20;
	map.panBy([at.x - (sheet ? box.width : card.left - box.left) / 2, at.y - (sheet ? card.top - box.top + 50 : box.height) / 2]);
}

function select(territory, from = null) {
	state.selected = territory;
	back = from;
	drawCard();
	uncover();
	ui.live.textContent = data().names[territory] + '. ' + words(data().cells[territory]);
	if (from) ui.card.focus();
	remember();
}

function deselect() {
	state.selected = null;
	drawCard();
	if (back?.isConnected) back.focus();
	else ui.map.focus({ preventScroll: true });
	remember();
}

function chooseSector(sector) {
	const focused = ui.card.contains(document.activeElement);
	data().sector = sector;
	show();
	if (focused) ui.card.focus();
}

function lay() {
	if (data()?.shape === page.ground) base.remove();
	else base.addTo(map);
	data()?.group.addTo(map);
}

function chooseLayer(layer) {
	data().group.remove();
	state.layer = layer;
	state.selected = null;
	lay();
	drawLayers();
	beyond();
	show();
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
	ui.layers.replaceChildren(...layers.map(({ name }, k) => {
		const chosen = k === state.layer;
		return button({ role: 'radio', 'aria-checked': String(chosen), tabindex: chosen ? '0' : '-1', onclick: () => chooseLayer(k), onkeydown: move }, own(name));
	}));
}

const items = (texts) => texts.map((text) => el('li', {}, text));

function translate(lang) {
	speak(page.texts, lang);
	label();
	ui.title.textContent = document.title = own(page.title) || t('untitled');
	drawLayers();
	ui.lang.replaceChildren(...Object.keys(page.texts).map((code) => {
		const onclick = () => {
			translate(code);
			ui.lang.querySelector('[lang="' + code + '"]').focus();
		};
		const name = new Intl.DisplayNames(code, { type: 'language' }).of(code);
		return button({ lang: code, 'aria-label': name, 'aria-pressed': String(code === lang), onclick }, code.toUpperCase());
	}));
	const known = layers.length ? Object.keys(page.texts[lang]).filter((key) => key.startsWith('note_')) : [];
	ui.notesList.replaceChildren(...items([...page.notes.map(own), ...known.map((key) => t(key))]));
	ui.sources.hidden = !page.sources.length;
	ui.sourcesList.replaceChildren(...items(page.sources));
	if (!layers.length) ui.summary.textContent = t('empty');
	drawFurther();
	show();
}

function tip({ row }) {
	const cell = data().cells[row];
	return el('div', {}, el('strong', {}, data().names[row]), el('span', {}, cell.known ? t('lq_short') + ' ' + quotient(cell.x) : status(data(), cell)));
}

const live = (shapes) => shapes.filter((shape) => shape.options.interactive);

function nearest(shapes, limit = Infinity) {
	const at = map.latLngToLayerPoint(map.getCenter());
	let best;
	for (const shape of shapes) {
		const far = at.distanceTo(map.latLngToLayerPoint(shape.getLatLng()));
		if (far < limit) [best, limit] = [shape, far];
	}
	return best;
}

/* Opens what is under the middle of the map, for readers without a pointer. */
function openCentral() {
	const point = nearest(ticked().flatMap(({ shapes }) => live(shapes)), 14);
	if (point) return point.open();
	const at = map.latLngToLayerPoint(map.getCenter());
	const own = live(data()?.shapes || []);
	const shape = data()?.kind === 'area' ? own.find((area) => area._containsPoint(at)) : nearest(own);
	return shape && select(shape.row, ui.map);
}

function wire() {
	ui.in.onclick = () => map.zoomIn();
	ui.out.onclick = () => map.zoomOut();
	ui.whole.onclick = fit;
	ui.tableButton.onclick = ui.tableClose.onclick = toggleTable;
	ui.cardClose.onclick = deselect;
	ui.tiles.onchange = switchTiles;
	ui.map.onkeydown = ({ key }) => {
		if (key === 'Enter') openCentral();
	};
	document.onkeydown = ({ key }) => {
		if (key === 'Escape' && state.selected !== null) deselect();
	};
	if (!layers.length) return;
	const step = (by) => () => chooseSector((data().sector + by + data().sectors.length) % data().sectors.length);
	ui.previous.onclick = step(-1);
	ui.next.onclick = step(1);
	sectorBox = GT.combobox(ui.sector, ui.sectorList, {
		options: () => data().sectors.map((s, value) => ({ value, label: s.name, detail: s.code === s.name ? '' : s.code })),
		current: () => data().sectors[data().sector]?.name || '',
		pick: chooseSector,
	});
	GT.combobox(ui.find, ui.findList, {
		options: () => data().rows.map((value) => ({ value, label: data().names[value], detail: data().ids[value] })),
		current: () => '',
		pick: find,
	});
}

function find(territory) {
	const shape = data().shapes[territory];
	const point = !shape.getBounds;
	map.fitBounds(boxOf(shape), { maxZoom: Math.max(map.getZoom(), point ? 6 : 9), padding: [80, 80] });
	select(territory, ui.find);
}

function switchTiles() {
	const { checked } = ui.tiles;
	ui.tilesState.textContent = '';
	ui.credit.hidden = !checked;
	ui.credit.firstElementChild.href = CREDIT;
	ui.map.classList.toggle('tiled', checked);
	if (!checked) return tiles?.remove();
	let failed = 0;
	tiles = L.tileLayer(page.tiles, { maxZoom: 19, pane: 'tilePane' });
	tiles.on('tileerror', () => {
		failed += 1;
		if (failed < 3 || !ui.tiles.checked) return;
		ui.tiles.checked = false;
		switchTiles();
		ui.tilesState.textContent = t('tiles_failed');
	});
	return tiles.addTo(map);
}

function build(ground, given) {
	map = L.map(ui.map, { zoomControl: false, attributionControl: false, zoomSnap: 0.25, keyboardPanDelta: 90, minZoom: 1, maxZoom: 16, fadeAnimation: false });
	for (const [name, z] of [['ground', 250], ['mark', 450]]) {
		map.createPane(name).style.zIndex = z;
		map.getPane(name).style.pointerEvents = 'none';
	}
	if (given) map.setView(given.slice(0, 2), given[2]);
	else fit();
	L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
	const under = L.canvas({ pane: 'ground', padding: 0.3 });
	GT.draw.graticule(page.graticule, page.view, under).addTo(map);
	const rings = ground.kind === 'area' ? ground.rings : [];
	base = GT.draw.group({ kind: 'area', rings }, { renderer: under, interactive: false, fillColor: page.palette.ground, fillOpacity: 1, color: '#cdc7b9', weight: 0.8 });
	const renderer = L.canvas({ padding: 0.3, tolerance: 3 });
	mark = L.layerGroup().addTo(map);
	for (const layer of layers) {
		const area = layer.kind === 'area' ? { fillOpacity: 1, weight: layer.ids.length > 2000 ? 0.4 : 0.8 } : {};
		layer.group = GT.draw.group(layer, { renderer, ...area });
		layer.group.bindTooltip(tip, { sticky: true, direction: 'top', offset: [0, -8], className: 'tip', opacity: 1 });
		layer.group.on('click', (event) => {
			L.DomEvent.stopPropagation(event);
			layer.group.closeTooltip();
			select(event.propagatedFrom.row);
		});
	}
	lay();
	for (const layer of further) GT.further.build(layer, renderer);
	for (const { group } of ticked()) group.addTo(map);
	map.on('moveend', remember);
	addEventListener('hashchange', () => location.reload());
	map.on('click', () => state.selected !== null && deselect());
}

const painted = () => Promise.race([
	new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
	new Promise((done) => setTimeout(done, 500)),
]);

async function start() {
	page = JSON.parse(ui.page.textContent);
	speak(page.texts, page.lang);
	Object.assign(page.palette, { hidden: new Set(), hiddenSure: new Set() });
	const ground = await (shapes[page.ground] = readShape(page.ground));
	layers = await Promise.all(page.layers.map(readLayer));
	further = await Promise.all(page.further.map(read));
	const { lang, view } = recall();
	ui.gt.hidden = false;
	ui.gt.classList.toggle('empty', !layers.length);
	ui.gt.classList.toggle('with-table', state.table);
	build(ground, view);
	wire();
	translate(Object.hasOwn(page.texts, lang) ? lang : page.lang);
	if (state.selected !== null) uncover();
	await painted();
	document.documentElement.dataset.ready = 'true';
}

start().catch((error) => {
	document.body.prepend(el('p', { class: 'broken', role: 'alert' }, t('broken')));
	throw error;
});
})();
