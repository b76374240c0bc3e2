/* What is known of one territory under one heading, and in which words. */
const { t } = GT.text;
const [ZERO, WITHHELD, NOTHING] = [7, 8, 9];
const SPECIAL = { [ZERO]: 'zero', [WITHHELD]: 'withheld', [NOTHING]: 'nothing' };
const SURE = ['sure', 'unclear', 'few', 'untested', 'unstated'];

function cell(data, row, slice = data.slice) {
	const i = slice * data.ids.length + row;
	const get = (name) => data.columns[name]?.[i] ?? NaN;
	const [k, sure] = [get('class'), get('sure')];
	const known = k < WITHHELD;
	const { hidden, hiddenSure } = data.scale;
	return { k, sure, known, get, x: get(data.main), full: known && (sure === 0 || sure === 4), hidden: hidden.has(k) || (known && hiddenSure.has(sure)) };
}

/* Cells of the chosen heading, by row; rows out of force have none. */
function refresh(data) {
	data.scale = data.scales[data.sector] || data.scales[0];
	data.slice = data.steps ? GT.history.sliceOf(data) : data.sector;
	data.rows = data.steps ? GT.history.rows(data) : [...data.ids.keys()];
	data.cells = [];
	for (const row of data.rows) data.cells[row] = cell(data, row);
}

/* The heading, and of a history which period on which boundaries. */
function heading(data) {
	const { name } = data.sectors[data.sector];
	return data.steps ? name + '. ' + GT.history.shown(data) : name;
}

function className({ breaks }, k) {
	if (SPECIAL[k]) return t(SPECIAL[k]);
	const [a, b] = [breaks[k - 1], breaks[k]].map(GT.text.bound);
	if (k === 0) return t('under', { a: b });
	if (k === breaks.length) return t('over', { a });
	return t(breaks.length === 6 && k === 3 ? 'around' : 'between', { a, b });
}

const status = (data, { k, sure, known }) => (known ? t(SURE[sure]) : className(data.scale, k));

function words({ steps }, { k, sure, known, x, get }) {
	if (!known) return t(SPECIAL[k] + '_words');
	const text = t((sure === 0 && !steps ? (x > 1 ? 'high' : 'low') : SURE[sure]) + '_words');
	return get('estimated') === 1 ? text + ' ' + t('estimated_words') : text;
}

GT.cells = { cell, refresh, heading, className, status, words, ZERO, WITHHELD, NOTHING, SURE };
