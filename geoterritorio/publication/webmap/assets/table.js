/* The same figures as a table, sortable, and as a CSV file. */
const { el, button, t, amount, compare, plain, FORMATS, ui, put, every, min, assign } = GT.text;
const { className, status, heading, SURE } = GT.cells;
const STEP = 250;
const COLUMNS = ['lq', 'value', 'low', 'high', 'q', 'split', 'employment', 'establishments', 'sure'];
const sort = { by: 'lq', down: true };
let shown = STEP;

const title = (name) => ({ lq: t('lq_short'), q: 'q', sure: t('certainty') })[name] || t(name);

function ordered({ rows, cells, names }) {
	const left = rows.filter((row) => !cells[row].hidden);
	const sign = sort.down ? -1 : 1;
	if (sort.by === 'territory') return left.sort((a, b) => sign * compare(names[a], names[b]));
	return left.sort((a, b) => {
		const [x, y] = [a, b].map((row) => cells[row].get(sort.by));
		if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y) || a - b;
		return sign * (x - y) || a - b;
	});
}

function head(name, redraw) {
	const current = sort.by === name;
	const onclick = () => {
		sort.down = current ? !sort.down : name !== 'territory';
		sort.by = name;
		redraw();
		every('[data-column=' + name + ']', ui.table)[0].focus();
	};
	const mark = el('span', { 'aria-hidden': 'true', class: 'mark' }, current ? (sort.down ? '▼' : '▲') : '');
	return el('th', { scope: 'col', 'aria-sort': current ? (sort.down ? 'descending' : 'ascending') : 'none' },
		button({ 'data-column': name, onclick }, title(name), mark));
}

function line(data, columns, row, { chosen, open }) {
	const { k, sure, known, full, get } = data.cells[row];
	const word = status(data, data.cells[row]);
	const chip = el('span.chip', { title: word });
	chip.style.background = known ? (full ? data.scale.colours : data.scale.faded)[k] : 'transparent';
	const name = el('th', { scope: 'row' }, el('div', {}, chip,
		button({ onclick: (event) => open(row, event.currentTarget) }, data.names[row])));
	const rest = columns.map((column) => el('td', {}, column === 'sure' ? (known ? t(SURE[sure] + '_short') : '') : column === data.main && !known ? className(data.scale, k) : (FORMATS[column] || data.format)(get(column))));
	return el('tr', { 'data-row': row, class: (full ? '' : 'faint ') + (chosen === row ? 'now' : '') }, name, ...rest);
}

function draw(data, act) {
	const columns = COLUMNS.filter((name) => name === data.main || (name !== 'sure' || !ui.sure.hidden) && data.cells.some(({ get }) => !isNaN(get(name))));
	if (sort.by !== 'territory' && !columns.includes(sort.by)) assign(sort, { by: data.main, down: true });
	const rows = ordered(data);
	const redraw = () => draw(data, act);
	const left = min(STEP, rows.length - shown);
	const caption = t('caption', { sector: heading(data), n: amount(rows.length), m: amount(data.rows.length) });
	ui.scroll.ariaLabel = caption;
	put(ui.scroll,
		el('table', {}, el('caption', {}, caption),
			el('thead', {}, el('tr', {}, ...['territory', ...columns].map((name) => head(name, redraw)))),
			el('tbody', {}, ...rows.slice(0, shown).map((row) => line(data, columns, row, act)))),
		left > 0 ? button({ class: 'more', onclick: () => { shown += STEP; redraw(); } }, t('more', { n: left })) : '');
	ui.csv.onclick = () => download(data);
}

/* A spreadsheet runs text that begins like a formula, also after what parts cells in some countries: an apostrophe keeps it text. */
function guarded(text) {
	return '"' + text.replace(/(?<=^|;)(?=\s*[=+\-@\t\r])/gm, "'").replace(/"/g, '""') + '"';
}

function csv(data) {
	const columns = Object.keys(data.columns).filter((name) => !['class', 'sure', 'estimated'].includes(name));
	const top = [t('id'), t('territory'), t('sector'), ...columns.map((name) => t(name)), t('certainty')];
	const lines = data.rows.map((row) => {
		const here = data.cells[row];
		const numbers = columns.map(here.get).map((x) => (isNaN(x) ? '' : isFinite(x) ? x : 'inf'));
		const texts = [data.ids[row], data.names[row], heading(data)].map(guarded);
		return [...texts, ...numbers, guarded(status(data, here))].join(',');
	});
	return '\ufeff' + [top.map(guarded).join(','), ...lines].join('\r\n') + '\r\n';
}

function save(content, type, name) {
	const href = URL.createObjectURL(new Blob([content], { type }));
	el('a', { href, download: plain(document.title).replace(/\W+/g, '-').slice(0, 60) + '_' + name }).click();
	setTimeout(() => URL.revokeObjectURL(href), 1000);
}

function download(data) {
	const code = data.sectors[data.sector].code.replace(/[^\w.-]+/g, '_').slice(0, 40);
	save(csv(data), 'text/csv', data.main + '_' + code + '.csv');
}

GT.table = { draw, guarded, save };
