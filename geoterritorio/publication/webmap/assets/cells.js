/* What is known of one territory under one heading, and in which words. */
const { t, bound, number } = GT.text;
const [ZERO, WITHHELD, NOTHING] = [7, 8, 9];
const SPECIAL = { [ZERO]: 'zero', [WITHHELD]: 'withheld', [NOTHING]: 'nothing' };
const SURE = ['sure', 'unclear', 'few', 'untested', 'unstated'];

function cell(data, row, slice = data.slice) {
	const i = slice * data.ids.length + row;
	const get = (name) => data.columns[name]?.[i] ?? NaN;
	const [coded, sure, x] = ['class', 'sure', data.main].map(get);
	const { breaks, from, veiled, hiddenSure } = (!data.steps && data.parted[slice]) || data.scale;
	const k = from && coded < ZERO ? breaks.filter((b) => b <= x).length : coded;
	const known = k < WITHHELD;
	return { k, sure, known, get, x, full: known && (sure === 0 || sure === 4), veiled: veiled.has(k) || (known && hiddenSure.has(sure)) };
}

/* Cells of the chosen heading, by row; rows out of force have none. */
function refresh(data, scale) {
	data.parted = scale ? [] : data.scales;
	data.scale = scale || data.parted[data.sector] || data.parted[0];
	data.slice = data.steps ? GT.history.sliceOf(data) : data.sector;
	data.rows = data.steps ? GT.history.rows(data) : [...data.ids.keys()];
	data.cells = [];
	for (const row of data.rows) data.cells[row] = cell(data, row);
}

/* The row of a territory, if it is among those shown. */
const rowOf = (data, id) => data.rows.find((row) => data.ids[row] === id) ?? null;

/* The heading, and of a history which period on which boundaries. */
function heading(data) {
	const { name } = data.sectors[data.sector];
	return data.steps ? name + '. ' + GT.history.shown(data) : name;
}

function className({ breaks, from }, k) {
	if (SPECIAL[k]) return t(SPECIAL[k]);
	const [a, b] = [breaks[k - 1], breaks[k]].map(bound);
	if (k === 0) return t('under', { a: b });
	if (k === breaks.length) return t(from ? 'over_figure' : 'over', { a });
	return t(breaks.length === 6 && k === 3 ? 'around' : 'between', { a, b });
}

const status = (data, { k, sure, known }) => (known ? t(SURE[sure]) : className(data.scale, k));

function words({ steps, columns }, { k, sure, known, x, get }) {
	if (!known) return t(SPECIAL[k] + '_words');
	const alone = sure === 1 && (get('low') > 1 || get('high') < 1);
	const text = t((sure === 0 && !steps ? (x > 1 ? 'high' : 'low') : alone ? 'alone' : SURE[sure]) + '_words', { n: alone && number((columns.q || columns.lq).filter(isFinite).length) });
	return get('estimated') === 1 ? text + ' ' + t('estimated_words') : text;
}

GT.cells = { cell, refresh, rowOf, heading, className, status, words, ZERO, WITHHELD, NOTHING, SURE };
