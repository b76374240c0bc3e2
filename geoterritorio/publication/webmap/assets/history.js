/* Boundaries through time: versions in force at a step, and their figures. */
const { t, ui, amount, put, max, focused } = GT.text;
const MOST = 6;
const CHANGED = { color: '#c2185b', weight: 3 };
const IN_FORCE = { color: '#22303a', weight: 1, opacity: 0.75 };

const inForce = ({ from, to }, step) => [...from.keys()].filter((row) => from[row] <= step && step < to[row]);

/* Rows with figures: on boundaries of the indicator's own day, else of the chosen one. */
const rows = (data) => inForce(data, data.fixed[data.sector][0] ?? data.step);

/* The latest period of the indicator that had begun. */
const sliceOf = ({ slices, sector, step }) => slices.findLastIndex(([indicator, begin]) => indicator === sector && begin <= step);

/* The last step not after a day, or the first. */
const stepOf = ({ steps }, day) => max(0, steps.findLastIndex((step) => step <= day));

/* What is new or changed at a step, and what is no more; nothing at the beginning. */
function changes(data, step) {
	if (step < 1) return { begun: [], ended: [] };
	const now = inForce(data, step);
	const ids = new Set(now.map((row) => data.ids[row]));
	const ended = inForce(data, step - 1).filter((row) => !ids.has(data.ids[row]));
	return { begun: now.filter((row) => data.from[row] === step), ended };
}

/* A date as exact as it is known, in words. */
function dayWords(text) {
	if (!text) return t('beginning');
	const options = { year: 'numeric', month: text[4] && 'long', day: text[7] && 'numeric', timeZone: 'UTC' };
	return new Intl.DateTimeFormat(GT.text.language().replace('en', 'en-GB'), options).format(new Date(text));
}

/* What is drawn: figures of when, on boundaries of when. */
function shown({ slices, slice, sector, steps, step, fixed }) {
	const [own, on] = fixed[sector];
	const day = dayWords(own === null ? steps[step] : on);
	if (slices[slice][2]) return t('figures_of', { period: slices[slice][2], day });
	const next = slices[slice + 1];
	return next?.[0] === sector ? t('figures_none', { period: next[2] }) : t('figures_undated', { day });
}

function listed(data, rows) {
	const names = rows.slice(0, MOST).map((row) => data.names[row]).join(', ');
	return rows.length > MOST ? t('and_more', { names, n: amount(rows.length - MOST) }) : names;
}

/* Outlines of the chosen day: all over figures of another day's, else what changed. */
function outline(data, group, renderer) {
	const { begun } = changes(data, data.step);
	const all = data.fixed[data.sector][0] === null ? [] : inForce(data, data.step);
	for (const [rows, style] of [[all, IN_FORCE], [begun, CHANGED]])
		for (const row of rows) L.polygon(data.rings[row], { renderer, interactive: false, fill: false, smoothFactor: 0.6, ...style }).addTo(group);
}

function draw(data, lines, renderer) {
	const { steps, step } = data;
	const { begun, ended } = changes(data, step);
	const day = steps[step] ? t('boundaries_of', { day: dayWords(steps[step]) }) : t('boundaries_first');
	const parts = [['begun', begun], ['ended', ended]].filter(([, rows]) => rows.length);
	put(ui.day, ui.step.ariaValueText = day);
	put(ui.inForce, t('in_force', { n: amount(inForce(data, step).length) }));
	put(ui.shown, shown(data));
	put(ui.changes, parts.map(([key, rows]) => t(key, { names: listed(data, rows) })).join('; '));
	ui.step.max = steps.length - 1;
	ui.step.value = step;
	ui.earlier.disabled = step === 0;
	ui.later.disabled = step === steps.length - 1;
	// a button that is off has no focus to keep
	if (focused().disabled) ui.step.focus();
	outline(data, lines, renderer);
	[ui.firstDay.textContent, ui.lastDay.textContent] = [steps[0], steps.at(-1)].map((text) => text.slice(0, 4) || t('beginning'));
}

const words = () => [ui.day, ui.inForce, ui.changes, ui.shown].map((node) => node.textContent).filter(Boolean).join('. ');

GT.history = { inForce, rows, sliceOf, stepOf, changes, dayWords, shown, outline, draw, words };
