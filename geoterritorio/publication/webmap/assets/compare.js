/* A second map beside the first and in step with it: another layer, sector, day or territory. */
const { t, own, el, ui, put, max, assign, vary, mode } = GT.text;
const { refresh, rowOf, heading, className, status } = GT.cells;
let app;
let map;
let right; // what the second map shows
let busy;

function follow(from, to) {
	if (busy || !right) return;
	busy = true;
	to.setView(from.getCenter(), from.getZoom(), { animate: false });
	busy = false;
}

function sync() {
	// its new size moves nothing
	busy = map;
	map?.invalidateSize({ pan: false });
	busy = 0;
	follow(app.map, map);
}

function change(origin) {
	right?.group.remove();
	right = origin && assign(Object.create(origin), { origin });
	if (!right) return;
	if (!map) {
		map = app.sheet(ui.map2, false);
		map.base.addTo(map);
		app.map.on('move', () => follow(app.map, map));
		map.on('move', () => follow(map, app.map));
	}
	const press = ({ ids }, row) => {
		const here = rowOf(app.data(), ids[row]);
		if (here !== null) app.select(here);
	};
	app.group(right, map, press).addTo(map);
}

/* Begins with the next sector, or the first day with figures. */
function toggle() {
	const { sectors, sector, steps, slices } = app.data();
	const code = sectors[(sector + !steps) % sectors.length].code;
	const day = slices?.find(([own, , period]) => own === sector && period);
	assign(GT.more, { layer2: right ? '' : '' + app.layers.indexOf(app.data()), sector2: code, day2: day ? steps[day[1]] : '', territory2: '' });
	app.resize(app.show);
	right && app.reveal();
}

const second = (layers) => layers[GT.more.layer2 && +GT.more.layer2];
const sectorOf = ({ sectors }) => max(0, sectors.findIndex(({ code }) => code === GT.more.sector2));
const unlike = (left) => left.main !== right.main || (left.steps && (left.table !== right.table || left.sector !== right.sector));

/* Circles of both maps have one scale, and figures of one measure have one set of classes. */
function draw(left, most, largest) {
	const { layer2, day2, territory2 } = GT.more;
	const origin = second(app.layers);
	ui.compare.ariaPressed = mode('pair', !!origin);
	if (right?.origin !== origin) change(origin);
	if (!right) return most;
	const { sectors, steps } = right;
	right.sector = sectorOf(right);
	right.step = steps && GT.history.stepOf(right, day2);
	refresh(right, !unlike(left) && left.scale);
	const pick = (id, items, value) => GT.classes.choice(id, items, value, app.show);
	pick('layer2', app.layers.map(({ name }, k) => [k, own(name)]), layer2);
	pick('sector2', sectors.map(({ code, name }) => [code, name]), sectors[right.sector].code);
	pick('day2', (steps || []).map((day) => [day, GT.history.dayWords(day)]), steps?.[right.step]);
	pick('territory2', [['', t('same')], ...right.rows.map((row) => [right.ids[row], right.names[row]])], territory2 || '');
	put(ui.name1, heading(left));
	ui.map2.ariaLabel = ui.title2.textContent = ui.name2.textContent = t('right', { name: heading(right) });
	map.lines.clearLayers();
	if (steps) GT.history.outline(right, map.lines, map.over);
	const alike = right.size === left.size && most;
	const found = GT.draw.paint(right, largest, alike);
	vary(steps);
	GT.legend.classes(right, app.show, ui.classes2, ui.sureRows2, () => GT.draw.paint(right, largest, alike));
	vary(left.steps);
	return alike && found;
}

/* Words, value and bounds; what is exact is its own interval. */
function told(data, row) {
	vary(data.steps);
	const cell = data.cells[row];
	const name = (GT.more.territory2 ? (data.names[row] || '–') + ': ' : '') + heading(data);
	if (!cell?.known) return [name, cell ? className(data.scale, cell.k) : '–'];
	const { x, get, sure } = cell;
	const [low, high] = data.steps && !sure ? [x, x] : [get('low'), get('high')];
	return [name + '. ' + status(data, cell), data.format(x) + (high > low ? ' (' + data.format(low) + '–' + data.format(high) + ')' : ''), low, high];
}

/* The territory on both maps, and in its card both values and whether they are apart. */
function card(row) {
	put(ui.both);
	if (!right) return;
	const left = app.data();
	const there = rowOf(right, GT.more.territory2 || left.ids[row]);
	map.mark.clearLayers();
	if (there !== null) app.outline(right, there, map.mark);
	if (row === null) return;
	const [[here, x, a, b], [other, y, c, d]] = [told(left, row), told(right, there)];
	vary(left.steps);
	const key = unlike(left) ? 'unlike' : isNaN(a + b + c + d) ? 'untold' : a > d || c > b ? 'apart' : 'overlap';
	ui.both.append(el('dl', {}, el('dt', {}, here), el('dd', {}, x), el('dt', {}, other), el('dd', {}, y)), el('p.words', {}, t(key)));
}

/* What one of two maps shows, and what covers the first. */
const names = (one) => [one !== map && !ui.cover.hidden && ui.cover.textContent, right && heading(one === map ? right : app.data())].filter(Boolean);

/* Classes of the layer of the second map, which it may share with the first. */
function beside(layers) {
	const origin = second(layers);
	return origin?.scales[sectorOf(origin)] || origin?.scales[0];
}

/* The second map, if there is one. */
const maps = () => (right ? [map] : []);

GT.compare = { draw, card, sync, beside, names, maps };
GT.compare.wire = (given) => {
	app = given;
	ui.compare.onclick = toggle;
};
