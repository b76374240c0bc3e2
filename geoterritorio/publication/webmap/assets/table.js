/* The same figures as a table, sortable, and as a CSV file. */
(() => {
'use strict';
const GT = (globalThis.GT ||= {});
const { el, button, closer, t, quotient, probability, amount, compare } = GT.text;
const { WITHHELD } = GT.draw;
const { SURE, className } = GT.legend;
const { value } = GT.card;
const STEP = 250;
const FORMATS = { lq: quotient, low: quotient, high: quotient, q: probability, employment: amount, establishments: amount };
const sort = { by: 'lq', down: true };
let shown = STEP;

const cell = (data, state, territory) => state.sector * data.ids.length + territory;
const heading = (name) => (name === 'lq' ? t('lq_short') : name === 'q' ? 'q' : t(name));

function status(data, i) {
	const k = data.columns.class[i];
	return k >= WITHHELD ? className(k) : t(SURE[data.columns.sure[i]]);
}

function ordered(data, state, visible) {
	const rows = visible;
	if (sort.by === 'territory') rows.sort((a, b) => compare(data.names[a], data.names[b]));
	else rows.sort((a, b) => {
		const [x, y] = [a, b].map((r) => value(data, sort.by, cell(data, state, r)));
		if (isNaN(x) || isNaN(y)) return isNaN(x) - isNaN(y) || a - b;
		return (sort.down ? y - x : x - y) || a - b;
	});
	if (sort.by === 'territory' && sort.down) rows.reverse();
	return rows;
}

function head(columns, redraw) {
	const cells = columns.map((name) => {
		const current = sort.by === name;
		const order = current ? (sort.down ? 'descending' : 'ascending') : 'none';
		const press = () => {
			sort.down = current ? !sort.down : name !== 'territory';
			sort.by = name;
			redraw(name);
		};
		const mark = el('span', { 'aria-hidden': 'true', class: 'mark' }, current ? (sort.down ? '▼' : '▲') : '');
		return el('th', { scope: 'col', 'aria-sort': order }, button({ 'data-column': name, onclick: press }, heading(name), mark));
	});
	return el('thead', {}, el('tr', {}, ...cells));
}

function line(data, state, columns, territory, open) {
	const i = cell(data, state, territory);
	const k = data.columns.class[i];
	const faint = k >= WITHHELD || ![0, 4].includes(data.columns.sure[i]);
	const chip = el('span', { class: 'chip', title: status(data, i) });
	chip.style.background = k < WITHHELD ? (faint ? state.palette.faded : state.palette.colours)[k] : 'transparent';
	const name = el('th', { scope: 'row' }, el('div', {}, chip,
		button({ onclick: (event) => open(territory, event.currentTarget) }, data.names[territory]),
		faint ? el('span', { class: 'unseen' }, ' (' + status(data, i) + ')') : null));
	const rest = columns.slice(1).map((column) => {
		const text = column === 'lq' && k >= WITHHELD ? className(k) : FORMATS[column](value(data, column, i));
		return el('td', {}, text);
	});
	return el('tr', { 'data-row': territory, class: (faint ? 'faint ' : '') + (state.selected === territory ? 'now' : '') }, name, ...rest);
}

/* `visible` are the territories that the legend's filters leave. */
function draw(box, data, state, visible, act) {
	const columns = ['territory', ...Object.keys(FORMATS).filter((name) => data.columns[name])];
	const rows = ordered(data, state, visible);
	const redraw = (focus) => {
		draw(box, data, state, visible, act);
		const again = focus && box.querySelector('[data-column="' + focus + '"]');
		if (again) again.focus();
	};
	const left = Math.min(STEP, rows.length - shown);
	const more = left > 0 ? button({ class: 'more', onclick: () => { shown += STEP; redraw(); } }, t('more', { n: left })) : null;
	const caption = t('caption', { sector: data.sectors[state.sector].name, n: amount(rows.length), m: amount(data.ids.length) });
	const scroller = el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
		el('table', {}, el('caption', {}, caption), head(columns, redraw),
			el('tbody', {}, ...rows.slice(0, shown).map((r) => line(data, state, columns, r, act.open)))),
		more);
	box.replaceChildren(
		el('div', { class: 'tools' }, el('h2', {}, t('table')),
			button({ id: 'csv', onclick: () => download(data, state) }, t('csv')),
			closer('hide_table', act.close)),
		scroller);
}

/* A spreadsheet runs a text that begins like a formula: an apostrophe keeps it text. */
function guarded(text) {
	const safe = /^[\s]*[=+\-@\t\r]/.test(text) ? "'" + text : text;
	return '"' + safe.replace(/"/g, '""') + '"';
}

function csv(data, state) {
	const columns = Object.keys(data.columns).filter((name) => !['class', 'sure', 'estimated'].includes(name));
	const top = [t('id'), t('territory'), t('sector'), ...columns.map((name) => (name === 'lq' ? t('lq') : t(name))), t('certainty')];
	const lines = data.ids.map((id, r) => {
		const i = cell(data, state, r);
		const numbers = columns.map((name) => {
			const x = value(data, name, i);
			return isNaN(x) ? '' : isFinite(x) ? String(x) : 'inf';
		});
		const texts = [id, data.names[r], data.sectors[state.sector].name].map(guarded);
		return [...texts, ...numbers, guarded(status(data, i))].join(',');
	});
	return '\ufeff' + [top.map(guarded).join(','), ...lines].join('\r\n') + '\r\n';
}

function download(data, state) {
	const url = URL.createObjectURL(new Blob([csv(data, state)], { type: 'text/csv' }));
	const code = data.sectors[state.sector].code.replace(/[^\w.-]+/g, '_').slice(0, 40);
	const link = el('a', { href: url, download: 'lq_' + code + '.csv' });
	document.body.append(link);
	link.click();
	link.remove();
	setTimeout(() => URL.revokeObjectURL(url), 1000);
}

GT.table = { draw, csv, guarded };
})();
