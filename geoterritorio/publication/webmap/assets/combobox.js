/* An input with a list of matches (ARIA combobox). */
(() => {
'use strict';
const GT = (globalThis.GT ||= {});
const { el, plain, t, ui } = GT.text;
const MOST = 300;

/* `options()` gives [{value, label, detail}], `current()` the text shown at rest. */
function combobox(input, list, { options, current, pick }) {
	let shown = [];
	let active = -1;

	function matches(query) {
		const words = plain(query).split(/\s+/).filter(Boolean);
		const found = [];
		for (const option of options()) {
			option.plain = option.plain || plain(option.label + ' ' + (option.detail || ''));
			if (words.every((word) => option.plain.includes(word))) found.push(option);
		}
		const first = words[0] || '';
		const rank = (option) => (option.plain.startsWith(first) ? 0 : 1);
		return words.length ? found.sort((a, b) => rank(a) - rank(b)) : found;
	}

	function activate(index) {
		active = index;
		[...list.children].forEach((node, k) => node.setAttribute('aria-selected', String(k === index)));
		const node = list.children[index];
		if (node && shown[index]) {
			input.setAttribute('aria-activedescendant', node.id);
			node.scrollIntoView({ block: 'nearest' });
		} else input.removeAttribute('aria-activedescendant');
	}

	function item(option, k) {
		const detail = option.detail ? el('span', { class: 'detail' }, option.detail) : null;
		const node = el('li', { id: list.id + '-' + k, role: 'option', 'aria-selected': 'false' }, option.label, detail);
		node.onmousedown = (event) => event.preventDefault();
		node.onclick = () => choose(k);
		return node;
	}

	function open(query) {
		const found = matches(query);
		shown = found.slice(0, MOST);
		list.replaceChildren(...shown.map(item));
		if (!shown.length) list.append(el('li', { class: 'none', role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false' }, t('no_match')));
		list.hidden = false;
		input.setAttribute('aria-expanded', 'true');
		ui.live.textContent = found.length ? t('matches', { n: found.length }) : t('no_match');
		const at = shown.findIndex((option) => option.label === current());
		activate(query ? 0 : at);
	}

	function close() {
		list.hidden = true;
		input.setAttribute('aria-expanded', 'false');
		activate(-1);
	}

	function rest() {
		close();
		input.value = input.title = current();
	}

	function choose(k) {
		const option = shown[k];
		if (!option) return;
		close();
		pick(option.value);
		input.value = current();
	}

	const keys = {
		ArrowDown: () => (list.hidden ? open('') : activate(Math.min(active + 1, shown.length - 1))),
		ArrowUp: () => (list.hidden ? open('') : activate(Math.max(active - 1, 0))),
		Enter: () => (list.hidden ? open('') : choose(active)),
		Escape: () => (list.hidden ? null : rest()),
	};
	input.onkeydown = (event) => {
		const act = keys[event.key];
		if (!act) return;
		event.preventDefault();
		event.stopPropagation();
		act();
	};
	input.oninput = () => open(input.value);
	input.onfocus = () => input.select();
	input.onclick = () => list.hidden && open('');
	input.onblur = rest;
	return { rest };
}

GT.combobox = combobox;
})();
