// From stored values to what is seen: modality rescale, then VOI LUT or window (PS3.3 C.11), by a table over the stored values.

const ARRAYS = { u1: Uint8Array, i1: Int8Array, u2: Uint16Array, i2: Int16Array, f4: Float32Array };
const BLACK = 0xff000000;
const SAMPLE = 65_536;
const lastTable = { key: "", lut: null, table: null };

// Values of a message's buffer. It is a view at any offset; an array over two or four bytes needs an even one.
export function valuesOf(view, dtype) {
  const Kind = ARRAYS[dtype];
  const count = Math.floor(view.byteLength / Kind.BYTES_PER_ELEMENT);
  if (view.byteOffset % Kind.BYTES_PER_ELEMENT === 0) return new Kind(view.buffer, view.byteOffset, count);
  return new Kind(view.buffer.slice(view.byteOffset, view.byteOffset + count * Kind.BYTES_PER_ELEMENT));
}

// A frame as it is kept: what the kernel said of it, its values and its VOI LUT; or why it cannot be shown.
export function frameOf(content, buffers) {
  const withheld = (error) => ({ ...content, error, values: null, bytes: 0 });
  if (content.error || !buffers.length) return withheld(content.error || "no pixels arrived");
  if (!ARRAYS[content.dtype]) return withheld(`values of the type ${content.dtype} cannot be shown`);
  const values = valuesOf(buffers[0], content.dtype);
  if (values.length < content.rows * content.columns * content.samples) return withheld("pixels are missing");
  const table = content.lut && buffers.length > 1 ? valuesOf(buffers[1], "u2") : null;
  return { ...content, error: null, values, table, bytes: values.byteLength };
}

// The value of a pixel in the unit of its modality; three of them where there is colour.
export function valueAt(frame, column, row) {
  const at = (row * frame.columns + column) * frame.samples;
  if (frame.samples === 3) return Array.from(frame.values.subarray(at, at + 3));
  return frame.values[at] * frame.slope + frame.intercept;
}

function isPadding(frame, value) {
  return frame.padding !== null && frame.padding !== undefined && value >= frame.padding[0] && value <= frame.padding[1];
}

// Sorted values of the modality, of enough pixels to judge the whole by; the frame remembers them.
function spread(frame) {
  if (frame.spread) return frame.spread;
  const stride = Math.max(1, Math.floor(frame.values.length / SAMPLE));
  const found = [];
  for (let at = 0; at < frame.values.length; at += stride) {
    const value = frame.values[at];
    if (Number.isFinite(value) && !isPadding(frame, value)) found.push(value * frame.slope + frame.intercept);
  }
  frame.spread = Float32Array.from(found.length ? found : [0]).sort();
  return frame.spread;
}

// The window from the 0.1th to the 99.9th percentile.
export function percentileWindow(frame) {
  const values = spread(frame);
  const low = values[Math.floor(0.001 * (values.length - 1))];
  const high = values[Math.ceil(0.999 * (values.length - 1))];
  return { center: (low + high) / 2, width: Math.max(high - low, 1e-6), function: "LINEAR_EXACT" };
}

// How far the values of a frame reach: the measure of a drag.
export function reach(frame) {
  const values = spread(frame);
  return Math.max(values[values.length - 1] - values[0], 1e-6);
}

// The window that the file asks for, in numbers; a VOI LUT has one, too, when the user begins to change it.
export function ownWindow(frame) {
  if (frame.window) return { center: frame.window[0], width: frame.window[1] };
  if (frame.lut) return { center: frame.lut.first + frame.lut.length / 2, width: frame.lut.length };
  return percentileWindow(frame);
}

// From a value of the modality to 0..1 (PS3.3 C.11.2.1.2.1 LINEAR, C.11.2.1.3.2 LINEAR_EXACT, C.11.2.1.3.1 SIGMOID).
function ramp({ center, width, function: own }, other) {
  const shape = own ?? other;
  if (shape === "SIGMOID") return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
  if (shape !== "LINEAR_EXACT" && width === 1) return (value) => Number(value > center - 0.5);
  if (shape === "LINEAR_EXACT" || width < 1) return (value) => (value - center) / width + 0.5;
  return (value) => (value - (center - 0.5)) / (width - 1) + 0.5;
}

function lookUp(frame) {
  const top = 2 ** frame.lut.bits - 1;
  return (value) => frame.table[Math.min(Math.max(Math.round(value) - frame.lut.first, 0), frame.table.length - 1)] / top;
}

// From a stored value to a grey pixel; window null means: as the file says.
function shader(frame, window, inverted) {
  const scale = window === null && frame.table ? lookUp(frame) : ramp(window ?? ownWindow(frame), frame.function);
  const dark = Boolean(frame.inverted) !== inverted;
  return (stored) => {
    if (isPadding(frame, stored)) return BLACK;
    const part = Math.min(Math.max(scale(stored * frame.slope + frame.intercept), 0), 1);
    const grey = Math.round((dark ? 1 - part : part) * 255);
    return (BLACK | (grey << 16) | (grey << 8) | grey) >>> 0;
  };
}

function paintColour(frame, inverted, out) {
  const flip = inverted ? 255 : 0;
  for (let at = 0, from = 0; at < out.length; at += 1, from += 3) {
    const [red, green, blue] = [frame.values[from] ^ flip, frame.values[from + 1] ^ flip, frame.values[from + 2] ^ flip];
    out[at] = (BLACK | (blue << 16) | (green << 8) | red) >>> 0;
  }
}

// The grey of every stored value. Most slices of a series share theirs with the one before, so the last table is kept.
function tableOf(frame, window, inverted) {
  const key = JSON.stringify([frame.dtype, frame.slope, frame.intercept, frame.inverted, frame.padding, frame.function, window ?? (frame.table ? null : ownWindow(frame)), inverted]);
  const lut = window === null ? frame.table : null;
  if (lastTable.key === key && lastTable.lut === lut) return lastTable.table;
  const size = frame.values.BYTES_PER_ELEMENT === 1 ? 256 : 65_536;
  const signed = frame.dtype === "i1" || frame.dtype === "i2";
  const shade = shader(frame, window, inverted);
  const table = new Uint32Array(size);
  for (let code = 0; code < size; code += 1) table[code] = shade(signed && code >= size / 2 ? code - size : code);
  Object.assign(lastTable, { key, lut, table });
  return table;
}

function paintByTable(values, table, out) {
  const mask = table.length - 1;
  for (let at = 0; at < out.length; at += 1) out[at] = table[values[at] & mask];
}

// Paint a frame into ImageData of its size.
export function paint(frame, window, inverted, image) {
  const out = new Uint32Array(image.data.buffer);
  if (frame.samples === 3) return paintColour(frame, inverted, out);
  if (frame.dtype !== "f4") return paintByTable(frame.values, tableOf(frame, window, inverted), out);
  const shade = shader(frame, window, inverted);
  for (let at = 0; at < out.length; at += 1) out[at] = Number.isNaN(frame.values[at]) ? BLACK : shade(frame.values[at]);
  return undefined;
}
