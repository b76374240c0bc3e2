/* Reads the blocks that `codec.py` writes: gzip, byte planes, zigzag. */

async function inflate(base64) {
	const text = atob(base64);
	const bytes = new Uint8Array(text.length);
	for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
	const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

function column(body, start, length, scale, delta, width) {
	const values = new Float64Array(length);
	let sum = 0;
	for (let i = 0; i < length; i++) {
		let code = 0;
		for (let k = width - 1; k >= 0; k--) code = code * 256 + body[start + k * length + i];
		if (code < 2) {
			values[i] = code ? Infinity : NaN;
			continue;
		}
		code -= 2;
		const step = code % 2 ? -(code + 1) / 2 : code / 2;
		sum = delta ? sum + step : step;
		values[i] = sum / scale;
	}
	return values;
}

async function unpack(base64) {
	const body = await inflate(base64);
	let at = 4 + new DataView(body.buffer).getUint32(0, true);
	const head = JSON.parse(new TextDecoder().decode(body.subarray(4, at)));
	const columns = {};
	for (const [name, length, scale, delta, width] of head['columns']) {
		columns[name] = column(body, at, length, scale, delta, width);
		at += length * width;
	}
	return { columns, texts: head.texts };
}

/* Rings as [latitude, longitude] pairs. */
function rings({ x, y, sizes, rings: counts }) {
	let [vertex, ring] = [0, 0];
	const list = (length, item) => Array.from({ length }, item);
	return Array.from(counts, (count) => list(count, () => list(sizes[ring++], () => [y[vertex], x[vertex++]])));
}

GT.codec = { unpack, rings };
