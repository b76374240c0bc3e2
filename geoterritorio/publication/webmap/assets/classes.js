/* Which classes figures are parted into, and in which colours. */
const { t, el, ui, put, max, assign } = GT.text;
const made = {};

const way = ({ ways }) => ways.find((name) => name === GT.more.parted) || ways[0];

/* The scales of a layer by sector, and which of their classes the reader hides; around 1 all layers share one. */
function scales(data, palettes) {
	const own = way(data);
	const given = data[own];
	const list = (made[own + (given && data.table)] ||= (given || [0]).map((breaks) => ({ breaks, from: own !== data.ways[0], veiled: new Set(), hiddenSure: new Set() })));
	const { around, figures } = palettes.find((_, k) => k == GT.more.colours) || palettes[0];
	for (const scale of list) {
		const last = scale.breaks.length;
		assign(scale, given ? figures : around);
		// few classes have colours as far apart as many
		if (given && last < 4) for (const name of ['colours', 'faded', 'inks', 'hatches']) scale[name] = scale[name].map((colour, k, all) => (k > last ? colour : all[Math.round((4 * k) / max(1, last))]));
	}
	return list;
}

/* A list to choose a part of the address from; hidden where there is no choice. */
function choice(id, items, value, change) {
	const node = ui[id];
	put(node, ...items.map(([value, text]) => el('option', { value }, text)));
	node.value = value;
	node.hidden = !items[1];
	node.onchange = () => change((GT.more[id] = node.value));
}

function draw(data, change) {
	choice('parted', data.ways.map((name) => [name, t(name)]), way(data), change);
	choice('colours', ['0', '1', '2'].map((k) => [k, t('colours' + k)]), GT.more.colours || 0, change);
}

GT.classes = { scales, choice, draw };
