/* An input with a list of matches (ARIA combobox). */
const { el, plain, t, ui, put, edges, max, min } = GT.text;
const MOST = 300;

/* `options()`: [{value, label, detail}]; `current()`: the text shown at rest. */
function combobox(input, list, { options, current, pick, more = () => [] }) {
	let shown = [];
	let active = -1;

	function matches(query) {
		const words = plain(query).split(/\s+/).filter(Boolean);
		const found = [];
		for (const option of options()) {
			option.plain ||= plain(option.label + ' ' + (option.detail || ''));
			if (words.every((word) => option.plain.includes(word))) found.push(option);
		}
		const first = words[0] || '';
		const rank = (option) => (option.plain.startsWith(first) ? 0 : 1);
		return words.length ? [...found.sort((a, b) => rank(a) - rank(b)), ...more(words, MOST)] : found;
	}

	function activate(index) {
		active = index;
		[...list.children].forEach((node, k) => (node.ariaSelected = k === index));
		const node = shown[index] && list.children[index];
		input.setAttribute('aria-activedescendant', node?.id || '');
		node?.scrollIntoView({ block: 'nearest' });
	}

	function item({ label, detail }, k) {
		const attributes = { id: list.id + '-' + k, role: 'option', onmousedown: (event) => event.preventDefault(), onclick: () => choose(k) };
		return el('li', attributes, label, detail ? el('span.detail', {}, detail) : '');
	}

	function open(query) {
		const found = matches(query);
		shown = found.slice(0, MOST);
		put(list, ...shown.map(item));
		if (!shown.length) list.append(el('li.none', { role: 'option', 'aria-disabled': 'true' }, t('no_match')));
		list.hidden = false;
		// no longer than what is left of the window, which else would scroll
		list.style.maxHeight = max(120, min(420, innerHeight - edges(input).bottom - 14)) + 'px';
		input.ariaExpanded = true;
		put(ui.live, found.length ? t('matches', { n: found.length }) : t('no_match'));
		activate(query ? 0 : shown.findIndex(({ label }) => label === current()));
	}

	function close() {
		list.hidden = true;
		input.ariaExpanded = false;
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
		ArrowDown: () => activate(min(active + 1, shown.length - 1)),
		ArrowUp: () => activate(max(active - 1, 0)),
		Enter: () => choose(active),
		Escape: rest,
	};
	input.onkeydown = (event) => {
		const act = keys[event.key];
		// of a closed list Escape is for others
		if (!act || (list.hidden && act === rest)) return;
		event.preventDefault();
		event.stopPropagation();
		if (list.hidden) open('');
		else act();
	};
	input.oninput = () => open(input.value);
	input.onfocus = () => input.select();
	input.onclick = () => list.hidden && open('');
	input.onblur = rest;
	return { rest };
}

GT.combobox = combobox;
