/* Views with text, one after the other; the reader may wander off and come back. */
const { t, own, ui, put, mode, focused } = GT.text;
let app;
let views;
let at = 0;

function draw() {
	const view = views?.[GT.more.story];
	const told = !!view?.parts;
	ui.story.hidden = !mode('tale', told);
	ui.tell.ariaExpanded = told;
	if (!told) return (GT.more.story = '');
	at = +GT.more.story;
	put(ui.storyAt, t('position', { n: at + 1, m: views.length }));
	put(ui.storyTitle, own(view.title));
	put(ui.storyText, own(view.text));
	ui.storyBack.disabled = !at;
	ui.storyOn.disabled = !views[at + 1];
}

/* Classes and colours stay as the reader has them. */
function show({ parts }) {
	const { parted = '', colours = '', story } = GT.more;
	app.visit({ parted, colours, story, ...parts });
}

function open(k) {
	GT.more.story = '' + k;
	show(views[k]);
	const now = focused();
	if (now.disabled || !ui.story.contains(now)) ui.story.focus();
}

function leave() {
	GT.more.story = '';
	app.resize(app.show);
	ui.tell.focus();
}

/* A page for each view. */
function pages(page) {
	const before = Object.fromEntries(app.parts());
	GT.still = true;
	const made = views.map((view) => {
		show(view);
		return page(own(view.title), own(view.text));
	});
	app.visit(before);
	GT.still = false;
	return made;
}

GT.story = { draw, pages };
GT.story.start = (given, story) => {
	[app, views] = [given, story];
	ui.tell.hidden = !views;
	if (!views) return;
	ui.tell.onclick = () => (ui.story.hidden ? open(at) : leave());
	ui.storyBack.onclick = () => open(at - 1);
	ui.storyOn.onclick = () => open(at + 1);
	ui.storyHere.onclick = () => open(at);
	ui.storyClose.onclick = leave;
	ui.story.onkeydown = (event) => {
		if (event.key !== 'Escape') return;
		event.stopPropagation();
		leave();
	};
	if (views[GT.more.story] && !GT.more.view) open(GT.more.story);
};
