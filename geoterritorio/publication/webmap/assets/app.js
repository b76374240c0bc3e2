/* The page: its state, and what follows when it changes. */
(() => {
'use strict';
const GT = globalThis.GT;
const { t, own, el, button, quotient, amount, label, speak } = GT.text;
const by = (id) => document.getElementById(id);
const LINK = 'https://osm.org/copyright';
const state = { layer: 0, sector: 0, hidden: new Set(), hiddenSure: new Set(), selected: null, table: false };
let page;
let layers = [];
let further = [];
let map;
let groups = [];
let mark;
let back = null;
let tiles = null;
let sectorBox;
let base; // the outlines under all layers
const shapes = {};
let view = null; // the whole map as last fitted

const data = () => layers[state.layer];
const current = () => groups[state.layer]?.getLayers() || [];
const cellOf = (territory) => state.sector * data().ids.length + territory;
const isHidden = (k, sure) => state.hidden.has(k) || (k < GT.draw.WITHHELD && state.hiddenSure.has(sure));

function visible() {
	const { columns, ids } = data();
	return [...ids.keys()].filter((r) => !isHidden(columns.class[cellOf(r)], columns.sure[cellOf(r)]));
}

const unpack = (id) => GT.codec.unpack(by(id).textContent);

async function readShape(id) {
	const { columns, texts } = await unpack(id);
	const rings = columns.sizes ? GT.codec.rings(columns) : Array.from(columns.x, (x, i) => [columns.y[i], x]);
	return { rings, ...texts };
}

async function readFurther(layer) {
	const [form, { columns, texts }] = await Promise.all([shapes[layer.shape], unpack(layer.table)]);
	return { ...form, ...texts, ...layer, columns };
}

async function readLayer({ shape, table }) {
	const [form, { columns, texts }] = await Promise.all([shapes[shape], unpack(table)]);
	const size = ['employment', 'establishments'].find((name) => columns[name]);
	const sectors = texts.sectors.map((code, s) => ({ code, get name() { return own(texts.sector_names)[s]; } }));
	return { ...form, ...texts, columns, size, sectors };
}

function remember() {
	if (!layers.length) return;
	const { lat, lng } = map.getCenter();
	const parts = new URLSearchParams({
		layer: state.layer,
		sector: data().sectors.length ? data().sectors[state.sector].code : '',
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
	const layer = Number(parts.get('layer'));
	if (layers[layer]) state.layer = layer;
	const { sectors, ids, first } = data() || { sectors: [], ids: [] };
	const sector = sectors.findIndex((s) => s.code === parts.get('sector'));
	state.sector = sector >= 0 ? sector : first;
	const territory = ids.indexOf(parts.get('territory'));
	if (territory >= 0) state.selected = territory;
	state.table = parts.get('table') === '1';
	for (const k of (parts.get('further') || '').split(',')) if (further[k]) further[k].on = true;
	const view = (parts.get('view') || '').split(',').map(Number);
	return { lang: parts.get('lang'), view: view.length === 3 && view.every(isFinite) ? view : null };
}

function summary() {
	const { columns, ids } = data();
	let [above, below] = [0, 0];
	for (let r = 0; r < ids.length; r++) {
		const i = cellOf(r);
		if (columns.class[i] < GT.draw.WITHHELD && columns.sure[i] === 0) columns.lq[i] > 1 ? above++ : below++;
	}
	const stated = columns.sure.includes(0);
	by('summary').textContent = stated ? t('above_one', { n: amount(above) }) + '\u00a0· ' + t('below_one', { n: amount(below) }) : '';
}

function show() {
	if (!layers.length || !data().sectors.length) return;
	const largest = Math.min(30, Math.max(14, map.getSize().x / 34));
	const most = GT.draw.paint(current(), data(), state.sector, isHidden, largest);
	const counts = GT.legend.count(data(), state.sector);
	GT.legend.drawClasses(by('classes'), data(), counts, state, show);
	GT.legend.drawSure(by('sure'), data(), counts, state, show);
	GT.legend.drawSizes(by('sizes'), data(), most, largest);
	for (const { group } of ticked()) group.bringToFront();
	summary();
	sectorBox.rest();
	drawTable();
	drawCard();
	remember();
}

const ticked = () => further.filter((layer) => layer.on);

/* What lies outside the first view: islands, far countries, points gone astray. */
function beyond() {
	const first = L.latLngBounds(page.view);
	const over = ticked().flatMap(({ shapes }) => shapes.filter(({ shown }) => shown));
	const far = [...current(), ...over].map(boxOf).filter((box) => !first.intersects(box));
	by('beyond').hidden = !far.length;
	by('beyond').textContent = t('beyond', { n: amount(far.length) });
	by('beyond').onclick = () => map.fitBounds(far.reduce((all, box) => all.extend(box), first), { padding: [99, 99] });
}

function drawFurther() {
	map.closePopup();
	GT.further.draw(by('further'), further, toggle, drawFurther);
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
	by('table').hidden = !state.table;
	by('table-button').setAttribute('aria-expanded', state.table);
	by('table-button').textContent = t('table');
	by('gt').classList.toggle('with-table', state.table);
	if (state.table) GT.table.draw(by('table'), data(), state, visible(), { open: (r, from) => select(r, from), close: toggleTable });
}

function toggleTable() {
	const home = view && map.getZoom() === view.zoom && map.getCenter().distanceTo(view.centre) < 1;
	state.table = !state.table;
	drawTable();
	map.invalidateSize();
	if (home) whole();
	if (state.table) by('table').focus();
	else by('table-button').focus();
	remember();
}

function whole() {
	map.fitBounds(page.view, { paddingTopLeft: [14, 66], paddingBottomRight: [14, 14], animate: false });
	view = { zoom: map.getZoom(), centre: map.getCenter() };
}

function drawCard() {
	mark.clearLayers();
	by('card').hidden = state.selected === null;
	if (state.selected === null) return by('card').replaceChildren();
	const at = data().rings[state.selected];
	const style = { pane: 'mark', interactive: false, color: '#22303a', weight: 1.7, fill: false };
	const shape = current()[state.selected];
	if (data().kind === 'area') L.polygon(at, style).addTo(mark);
	else L.circleMarker(at, { ...style, radius: shape.getRadius() + 2 }).addTo(mark);
	return GT.card.draw(by('card'), data(), state.selected, state, { close: deselect, choose: chooseSector });
}

const boxOf = (shape) => L.latLngBounds(shape.getBounds?.() || [shape.getLatLng()]);
const centreOf = (territory) => boxOf(current()[territory]).getCenter();

/* Move the map until `place` is not under the card. */
function uncover(place) {
	if (matchMedia('(max-width: 760px)').matches) by('main').scrollIntoView({ block: 'start' });
	const [card, box] = [by('card'), by('map')].map((node) => node.getBoundingClientRect());
	const at = map.latLngToContainerPoint(place);
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
	uncover(centreOf(territory));
	by('live').textContent = data().names[territory] + '. ' + GT.card.words(data(), cellOf(territory));
	if (from) by('card').focus();
	markRow();
	remember();
}

function markRow() {
	for (const row of by('table').querySelectorAll('[data-row]')) row.classList.toggle('now', row.dataset.row === String(state.selected));
}

function deselect() {
	state.selected = null;
	drawCard();
	markRow();
	if (back?.isConnected) back.focus();
	else by('map').focus({ preventScroll: true });
	remember();
}

function chooseSector(sector) {
	const focused = by('card').contains(document.activeElement);
	state.sector = sector;
	show();
	if (focused) by('card').focus();
}

function lay() {
	const own = page.layers[state.layer]?.shape === page.ground;
	if (own) base.remove();
	else base.addTo(map);
	if (layers.length) groups[state.layer].addTo(map);
}

function chooseLayer(layer) {
	data().last = state.sector;
	groups[state.layer].remove();
	state.layer = layer;
	state.selected = null;
	state.sector = data().last ?? data().first;
	lay();
	drawLayers();
	beyond();
	show();
}

function drawLayers() {
	const box = by('layers');
	box.hidden = layers.length < 2;
	const pick = (k) => {
		chooseLayer(k);
		box.children[k].focus();
	};
	const move = (event) => {
		const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
		if (!step) return;
		event.preventDefault();
		pick((state.layer + step + layers.length) % layers.length);
	};
	box.replaceChildren(...page.layers.map(({ name }, k) => {
		const chosen = k === state.layer;
		return button({ role: 'radio', 'aria-checked': String(chosen), tabindex: chosen ? '0' : '-1', onclick: () => pick(k), onkeydown: move }, own(name));
	}));
}

const items = (texts) => texts.map((text) => el('li', {}, text));

function translate(lang) {
	speak(page.texts, lang);
	label(document);
	by('title').textContent = document.title = own(page.title) || t('untitled');
	drawLayers();
	by('lang').replaceChildren(...Object.keys(page.texts).map((code) => {
		const press = () => {
			translate(code);
			by('lang').querySelector('[lang="' + code + '"]').focus();
		};
		const name = new Intl.DisplayNames(code, { type: 'language' }).of(code);
		return button({ lang: code, 'aria-label': name, 'aria-pressed': String(code === GT.text.language()), onclick: press }, code.toUpperCase());
	}));
	const known = layers.length ? Object.keys(page.texts[lang]).filter((key) => key.startsWith('note_')) : [];
	by('notes-list').replaceChildren(...items([...page.notes.map(own), ...known.map((key) => t(key))]));
	by('sources').hidden = !page.sources.length;
	by('sources-list').replaceChildren(...items(page.sources));
	if (!layers.length) by('summary').textContent = t('empty');
	drawFurther();
	show();
}

function tip({ territory }) {
	const i = cellOf(territory);
	const k = data().columns.class[i];
	const reading = k < GT.draw.WITHHELD ? t('lq_short') + ' ' + quotient(data().columns.lq[i]) : GT.legend.className(k);
	return el('div', {}, el('strong', {}, data().names[territory]), el('span', {}, reading));
}

function nearest(shapes, limit = Infinity) {
	const at = map.latLngToLayerPoint(map.getCenter());
	let best;
	for (const shape of shapes) {
		const far = at.distanceTo(map.latLngToLayerPoint(shape.getLatLng()));
		if (far < limit) [best, limit] = [shape, far];
	}
	return best;
}

const live = (shapes) => shapes.filter((shape) => shape.options.interactive);

/* Opens what is under the middle of the map, for readers without a pointer. */
function openCentral() {
	const point = nearest(ticked().flatMap(({ shapes }) => live(shapes)), 14);
	if (point) return point.open();
	const at = map.latLngToLayerPoint(map.getCenter());
	const own = live(current());
	const shape = data()?.kind === 'area' ? own.find((area) => area._containsPoint(at)) : nearest(own);
	return shape && select(shape.territory, by('map'));
}

function wire() {
	by('in').onclick = () => map.zoomIn();
	by('out').onclick = () => map.zoomOut();
	by('whole').onclick = whole;
	by('table-button').onclick = toggleTable;
	by('tiles').onchange = switchTiles;
	by('map').onkeydown = (event) => {
		if (event.key === 'Enter') openCentral();
	};
	document.onkeydown = (event) => {
		if (event.key === 'Escape' && state.selected !== null) deselect();
	};
	if (!layers.length) return;
	const step = (by_) => () => chooseSector((state.sector + by_ + data().sectors.length) % data().sectors.length);
	by('previous').onclick = step(-1);
	by('next').onclick = step(1);
	sectorBox = GT.combobox(by('sector'), by('sector-list'), {
		live: by('live'),
		options: () => data().sectors.map((s, value) => ({ value, label: s.name, detail: s.code === s.name ? '' : s.code })),
		current: () => data().sectors[state.sector]?.name || '',
		pick: chooseSector,
	});
	GT.combobox(by('find'), by('find-list'), {
		live: by('live'),
		options: () => data().names.map((name, value) => ({ value, label: name, detail: data().ids[value] })),
		current: () => '',
		pick: find,
	});
}

function find(territory) {
	const shape = current()[territory];
	if (shape.getBounds) map.fitBounds(shape.getBounds(), { maxZoom: Math.max(map.getZoom(), 9), padding: [80, 80] });
	else map.setView(shape.getLatLng(), Math.max(map.getZoom(), 6));
	select(territory, by('find'));
}

function switchTiles() {
	by('tiles-state').textContent = '';
	if (!by('tiles').checked) {
		if (tiles) tiles.remove();
		by('credit').replaceChildren();
		by('map').classList.remove('tiled');
		return;
	}
	let failed = 0;
	tiles = L.tileLayer(page.tiles, { maxZoom: 19, pane: 'tilePane' });
	tiles.on('tileerror', () => {
		failed += 1;
		if (failed < 3 || !by('tiles').checked) return;
		by('tiles').checked = false;
		switchTiles();
		by('tiles-state').textContent = t('tiles_failed');
	});
	by('map').classList.add('tiled');
	by('credit').replaceChildren(el('a', { href: LINK, rel: 'noopener', target: '_blank' }, t('tiles_credit')));
	tiles.addTo(map);
}

function build(ground, given) {
	map = L.map(by('map'), { zoomControl: false, attributionControl: false, zoomSnap: 0.25, keyboardPanDelta: 90, minZoom: 1, maxZoom: 16, fadeAnimation: false });
	for (const [name, z] of [['ground', 250], ['mark', 450]]) {
		map.createPane(name).style.zIndex = z;
		map.getPane(name).style.pointerEvents = 'none';
	}
	if (given) map.setView(given.slice(0, 2), given[2]);
	else whole();
	L.control.scale({ imperial: false, position: 'bottomleft' }).addTo(map);
	const under = L.canvas({ pane: 'ground', padding: 0.3 });
	GT.draw.graticule(page.graticule, page.view, under).addTo(map);
	base = GT.draw.ground(ground, under);
	const renderer = L.canvas({ padding: 0.3, tolerance: 3 });
	mark = L.layerGroup().addTo(map);
	groups = layers.map((layer) => GT.draw.group(layer, renderer));
	for (const group of groups) {
		group.bindTooltip(tip, { sticky: true, direction: 'top', offset: [0, -8], className: 'tip', opacity: 1 });
		group.on('click', (event) => {
			L.DomEvent.stopPropagation(event);
			group.closeTooltip();
			select(event.propagatedFrom.territory);
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
	page = JSON.parse(by('page').textContent);
	speak(page.texts, page.lang);
	state.palette = page.palette;
	GT.draw.use(page.palette);
	// a shape that several layers share is read once
	for (const id of [page.ground, ...[...page.layers, ...page.further].map((layer) => layer.shape)]) shapes[id] ||= readShape(id);
	layers = await Promise.all(page.layers.map(readLayer));
	further = await Promise.all(page.further.map(readFurther));
	const ground = await shapes[page.ground];
	const { lang, view: given } = recall();
	by('gt').hidden = false;
	by('gt').classList.toggle('empty', !layers.length);
	by('gt').classList.toggle('with-table', state.table);
	build(ground, given);
	wire();
	drawLayers();
	translate(Object.hasOwn(page.texts, lang) ? lang : page.lang);
	if (state.selected !== null) uncover(centreOf(state.selected));
	await painted();
	document.documentElement.dataset.ready = 'true';
}

start().catch((error) => {
	document.body.prepend(el('p', { class: 'broken', role: 'alert' }, t('broken')));
	throw error;
});
})();
