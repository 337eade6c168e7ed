// Where a picture stands: fitted to its box, then zoomed, moved, mirrored and turned by quarters.

export const AT_REST = Object.freeze({ zoom: 1, x: 0, y: 0, turns: 0, mirrored: false });
const ZOOMS = [0.1, 40];

// Height of a pixel by its width (PS3.3 10.7.1.1: the spacing of rows comes first).
function tallness(aspect) {
  return aspect && aspect[0] > 0 && aspect[1] > 0 ? aspect[0] / aspect[1] : 1;
}

// Where the pixels of an image stand in a box, as the six numbers of a canvas transform, and the size of a pixel.
export function placement(place, size, aspect, box) {
  const tall = tallness(aspect);
  const [wide, high] = place.turns % 2 ? [size.rows * tall, size.columns] : [size.columns, size.rows * tall];
  const scale = Math.min(box.width / wide, box.height / high) * place.zoom;
  const [cos, sin] = [[1, 0], [0, 1], [-1, 0], [0, -1]][place.turns];
  const [across, down] = [place.mirrored ? -scale : scale, scale * tall];
  const [a, b, c, d] = [cos * across, sin * across, -sin * down, cos * down];
  const e = box.width / 2 + place.x - (a * size.columns + c * size.rows) / 2;
  const f = box.height / 2 + place.y - (b * size.columns + d * size.rows) / 2;
  return { matrix: [a, b, c, d, e, f], scale };
}

// The pixel of the image under a point of the box; null beside the image.
export function pixelAt({ matrix }, point, size) {
  const [a, b, c, d, e, f] = matrix;
  const [x, y, area] = [point.x - e, point.y - f, a * d - b * c];
  const column = Math.floor((d * x - c * y) / area);
  const row = Math.floor((a * y - b * x) / area);
  return column >= 0 && row >= 0 && column < size.columns && row < size.rows ? { column, row } : null;
}

// Zoom, and keep in its place what is under the point.
export function zoomed(place, factor, point, box) {
  const zoom = Math.min(Math.max(place.zoom * factor, ZOOMS[0]), ZOOMS[1]);
  const by = zoom / place.zoom;
  const [dx, dy] = [point.x - box.width / 2, point.y - box.height / 2];
  return { ...place, zoom, x: dx - (dx - place.x) * by, y: dy - (dy - place.y) * by };
}

export function turned(place) {
  return { ...place, turns: (place.turns + 1) % 4, x: -place.y, y: place.x };
}

// Mirror what is seen, left for right.
export function mirrored(place) {
  return { ...place, turns: (4 - place.turns) % 4, mirrored: !place.mirrored, x: -place.x };
}

// Mirror what is seen, top for bottom.
export function flipped(place) {
  return { ...place, turns: (6 - place.turns) % 4, mirrored: !place.mirrored, y: -place.y };
}

// Letters of the patient's sides at the edges of the box (PS3.3 C.7.6.1.1.1).
export function sides(orientation, place) {
  const { right = "", bottom = "", left = "", top = "" } = orientation ?? {};
  const ring = place.mirrored ? [left, bottom, right, top] : [right, bottom, left, top];
  const [east, south, west, north] = [0, 1, 2, 3].map((edge) => ring[(edge - place.turns + 4) % 4]);
  return { right: east, bottom: south, left: west, top: north };
}
