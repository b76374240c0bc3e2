/* A second map beside the first and in step with it: another layer, sector, day or territory. */
const { t, own, el, ui } = GT.text;
const { refresh, heading, className } = GT.cells;
const { choice } = GT.classes;
let app;
let map;
let right; // what the second map shows
let busy;

const rowOf = (data, id) => data.rows.find((row) => data.ids[row] === id) ?? null;

function follow(from, to) {
	if (busy || !right) return;
	busy = true;
	to.setView(from.getCenter(), from.getZoom(), { animate: false });
	busy = false;
}

function sync() {
	map?.invalidateSize({ pan: false });
	follow(app.map, map);
}

function make() {
	map = app.sheet(ui.map2, false);
	map.base.addTo(map);
	app.map.on('move', () => follow(app.map, map));
	map.on('move', () => follow(map, app.map));
}

function change(from) {
	right?.group.remove();
	right = from && Object.assign(Object.create(from), { from });
	if (!from) return;
	if (!map) make();
	app.group(right, map, ({ ids }, row) => {
		const here = rowOf(app.data(), ids[row]);
		if (here !== null) app.select(here);
	});
}

/* Begins with the next sector, or the first day. */
function toggle() {
	const { sectors, sector, steps } = app.data();
	const more = right ? {} : { layer2: String(app.layers.indexOf(app.data())), sector2: sectors[(sector + !steps) % sectors.length].code };
	Object.assign(GT.more, { layer2: '', day2: '', territory2: '' }, more);
	app.resize(app.show);
}

/* Circles of both maps have one scale. */
function draw(left, most, largest) {
	const { layer2, sector2, day2, territory2 } = GT.more;
	const from = app.layers[layer2];
	ui.compare.ariaPressed = ui.gt.classList.toggle('pair', !!from);
	if (right?.from !== from) change(from);
	if (!right) return most;
	const { sectors, steps } = right;
	right.sector = Math.max(0, sectors.findIndex(({ code }) => code === sector2));
	right.step = Math.max(0, steps?.indexOf(day2 || ''));
	refresh(right);
	const pick = (id, items, value) => choice(id, items, value, app.show);
	pick('layer2', app.layers.map(({ name }, k) => [k, own(name)]), layer2);
	pick('sector2', sectors.map(({ code, name }) => [code, name]), sectors[right.sector].code);
	pick('day2', (steps || []).map((day) => [day, GT.history.dayWords(day)]), steps?.[right.step]);
	pick('territory2', [['', t('same')], ...right.rows.map((row) => [right.ids[row], right.names[row]])], territory2 || '');
	ui.map2.ariaLabel = ui.title2.textContent = t('right', { name: heading(right) });
	map.lines.clearLayers();
	if (steps) GT.history.outline(right, map.lines, map.over);
	const alike = right.size === left.size && most;
	const found = GT.draw.paint(right, largest, alike);
	GT.legend.classes(right, app.show, ui.classes2);
	return alike && found;
}

/* What is exact is its own interval. */
function told(data, row) {
	const cell = data.cells[row];
	if (!cell?.known) return [data, row, cell ? className(data.scale, cell.k) : '–', NaN];
	const { x, get, sure } = cell;
	const [low, high] = data.steps && !sure ? [x, x] : [get('low'), get('high')];
	return [data, row, data.format(x) + (high > low ? ' (' + data.format(low) + '–' + data.format(high) + ')' : ''), low, high];
}

/* The territory on both maps, and in its card both values and whether they are apart. */
function card(row) {
	ui.both.replaceChildren();
	if (!right) return;
	const left = app.data();
	const there = rowOf(right, GT.more.territory2 || left.ids[row]);
	map.mark.clearLayers();
	if (there !== null) app.outline(right, there, map.mark);
	if (row === null) return;
	const [a, b] = [told(left, row), told(right, there)];
	const unlike = left.main !== right.main || (left.steps && (left.table !== right.table || left.sector !== right.sector));
	const apart = a[3] > b[4] || b[3] > a[4] ? 'apart' : 'overlap';
	ui.both.append(el('dl', {}, ...[a, b].flatMap(([data, at, text]) => [el('dt', {}, (data.names[at] || '') + ': ' + heading(data)), el('dd', {}, text)])),
		el('p', {}, t(unlike ? 'unlike' : isNaN(a[3] + a[4] + b[3] + b[4]) ? 'untold' : apart)));
}

GT.compare = { draw, card, sync };
GT.compare.wire = (given) => {
	app = given;
	ui.compare.onclick = toggle;
};
