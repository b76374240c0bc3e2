/* Words and numbers in the reader's language; text is only ever text. */
let dictionaries = {};
let language = 'en';
let variant = ''; // maps of figures have some words of their own
const formats = new Map();
const { max, min } = Math;
const { assign } = Object;

function t(key, values = {}) {
	const known = dictionaries[language] || {};
	const text = known[key + variant] ?? known[key] ?? key;
	return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

function number(value, digits = 0) {
	if (isNaN(value)) return '–';
	if (!isFinite(value)) return '∞';
	const key = language + digits;
	if (!formats.has(key)) {
		const options = { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: 'always' };
		formats.set(key, new Intl.NumberFormat(language, options));
	}
	return formats.get(key).format(value).replace('-', '−');
}

const quotient = (x) => number(x, x ** 2 >= 1e4 ? 0 : x ** 2 >= 100 ? 1 : 2);
const figure = (x) => (Number.isInteger(x) ? number(x) : quotient(x));
const share = (x) => number(100 * x) + (isNaN(x) ? '' : '\u00a0%');
const bound = (x) => number(x, 2).replace(/([.,]\d*?)0+$/, '$1').replace(/[.,]$/, '');
const probability = (x) => (x < 0.001 ? '<\u00a0' + number(0.001, 3) : number(x, 3));
const amount = (x) => number(x, Number.isInteger(x) || x ** 2 >= 1e4 ? 0 : 1);
/* Formats of columns; others have that of their layer. */
const FORMATS = { employment: amount, establishments: amount, effective_plants: amount, excess: amount, p: probability, q: probability, split: share };
const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const compare = (a, b) => a.localeCompare(b, language, { sensitivity: 'base', numeric: true });

/* `tag` may have classes behind points, as in a selector. */
function fill(space, tag, attributes, children) {
	const [name, ...classes] = tag.split('.');
	const node = document.createElementNS('http://www.w3.org/' + space, name);
	node.classList.add(...classes);
	for (const [name, value] of Object.entries(attributes)) {
		if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
		else if ((value ?? false) !== false) node.setAttribute(name, value === true ? '' : value);
	}
	// strings become text nodes: nothing is ever parsed
	node.append(...children.filter((child) => child !== null));
	return node;
}
const el = (tag, attributes = {}, ...children) => fill('1999/xhtml', tag, attributes, children);
const button = (attributes, ...children) => el('button', { type: 'button', ...attributes }, ...children);
const svg = (tag, attributes = {}, ...children) => fill('2000/svg', tag, attributes, children);
const path = (d, attributes) => svg('path', { d, ...attributes });

/* Where a node lies in the window, and with what a canvas is painted. */
const edges = (node) => node.getBoundingClientRect();
const pen = (canvas) => canvas.getContext('2d');

const numbers = (text = '') => (text.match(/\d+/g) || []).map(Number);
/* What the page shows, as its style knows it. */
const mode = (name, on) => ui.gt.classList.toggle(name, on);
const focused = () => document.activeElement;

/* Nodes that a selector finds. */
const every = (selector, node = document) => [...node.querySelectorAll(selector)];

/* Nothing else is in a node any more. */
const put = (node, ...parts) => node.replaceChildren(...parts);

function label() {
	const all = (name) => every('[data-' + name + ']');
	for (const node of all('text')) put(node, t(node.dataset.text));
	for (const node of all('hint')) node.placeholder = t(node.dataset.hint);
	for (const node of all('label')) {
		node.ariaLabel = t(node.dataset.label);
		if (node.tagName === 'BUTTON') node.title = node.ariaLabel;
	}
}

const vary = (figures) => (variant = figures ? '_figure' : '');

function speak(texts, lang, figures) {
	dictionaries = texts;
	language = lang;
	vary(figures);
	document.documentElement.lang = language;
}

const own = (words) => words?.[language] ?? words;

/* Nodes of the page by their id: `ui.sectorList` is #sector-list. */
const ui = new Proxy({}, { get: (_, id) => document.getElementById(id.replace(/[A-Z]/, (c) => '-' + c.toLowerCase())) });

GT.text = { t, own, ui, number, quotient, figure, bound, amount, FORMATS, plain, compare, el, button, svg, path, mode, every, numbers, vary, put, edges, pen, focused, max, min, assign, label, speak };
GT.text.language = () => language;
/* Parts of the address that have no state but this. */
GT.more = {};
