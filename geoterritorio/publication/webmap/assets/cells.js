/* What is known of one territory under one heading, and in which words. */
(() => {
'use strict';
const GT = (globalThis.GT ||= {});
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
	return { k, sure, known, get, x: get('lq'), full: known && (sure === 0 || sure === 4), hidden: hidden.has(k) || (known && hiddenSure.has(sure)) };
}

/* The cells of the chosen heading, one by territory. */
function refresh(data) {
	data.slice = data.sector;
	data.rows = [...data.ids.keys()];
	data.cells = data.rows.map((row) => cell(data, row));
}

function className({ breaks }, k) {
	if (SPECIAL[k]) return t(SPECIAL[k]);
	const [a, b] = [breaks[k - 1], breaks[k]].map(GT.text.bound);
	if (k === 0) return t('under', { a: b });
	if (k === breaks.length) return t('over', { a });
	return t(k === breaks.length / 2 ? 'around' : 'between', { a, b });
}

const status = (data, { k, sure, known }) => (known ? t(SURE[sure]) : className(data.scale, k));

function words({ k, sure, known, x, get }) {
	if (!known) return t(SPECIAL[k] + '_words');
	const text = t((sure === 0 ? (x > 1 ? 'high' : 'low') : SURE[sure]) + '_words');
	return get('estimated') === 1 ? text + ' ' + t('estimated_words') : text;
}

GT.cells = { cell, refresh, className, status, words, ZERO, WITHHELD, NOTHING, SURE };
})();
