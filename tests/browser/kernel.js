// A kernel for the preview: series 1 is a CT of 12 images (value = 10 * column + image - 100 HU), 2 is colour, 3 a report, 4 damaged.
const ROWS = [
  { id: 1, study: 0, modality: "CT", number: 2, description: "axial <b>soft</b>", count: 12, expected: 14, kind: "pictures", note: "" },
  { id: 2, study: 0, modality: "US", number: 3, description: "colour", count: 1, expected: null, kind: "pictures", note: "" },
  { id: 3, study: 0, modality: "SR", number: 4, description: "report", count: 1, expected: 1, kind: "document", note: "Basic Text SR" },
  { id: 4, study: 1, modality: "MR", number: 5, description: "damaged", count: 2, expected: 2, kind: "pictures", note: "" },
];
const TEXT = { top_left: ["Series 2", "axial"], top_right: [], bottom_left: [], bottom_right: [] };
const PLOT = { seconds: 0.06, unit: "mV", leads: [{ name: "I", samples: [0, 1, 0, -1, 0, 2] }] };
const OPENED = {
  1: { count: 12, rows: 40, columns: 40, samples: 1, aspect: [1, 1], rate: null, presets: [{ key: "1", name: "brain", center: 40, width: 80 }, { key: "2", name: "lung", center: -600, width: 1500 }], text: TEXT, warnings: ["a slice is missing between images 5 and 6"] },
  2: { count: 1, rows: 2, columns: 2, samples: 3, aspect: null, rate: null, presets: [], text: {}, warnings: [] },
  3: { count: 1, rows: 0, columns: 0, samples: 1, aspect: null, rate: null, presets: [], text: {}, warnings: [], document: { title: "Basic Text SR", lines: ["Findings: <script>none</script>"], plot: PLOT, pdf: true } },
  4: { count: 2, rows: 0, columns: 0, samples: 1, aspect: null, rate: null, presets: [], text: {}, warnings: [] },
};
const HEADER = [["(0008,0060)", "Modality", "CS", "CT", 0, false], ["(0009,1001)", "ACME 1.1", "LO", "secret", 0, true], ["(0028,0010)", "Rows", "US", "40", 1, false]];

window.slow = new Set(); // indices that are not sent
function pixels(index) {
  // At an odd offset, as they come from a kernel.
  const bytes = new Uint8Array(1 + 40 * 40 * 2);
  const view = new DataView(bytes.buffer, 1);
  for (let at = 0; at < 1600; at += 1) view.setInt16(2 * at, 10 * (at % 40) + index + 924, true);
  return view;
}
function frame(series, index) {
  const common = { type: "frame", series, index, slope: 1, unit: "", inverted: false, window: null, usual: false, of: window.lengths?.pop(), function: "LINEAR", lut: null, padding: null, position: "", orientation: null, instance: index + 1, error: null };
  if (series === 2) return window.deliver({ ...common, rows: 2, columns: 2, samples: 3, dtype: "u1", intercept: 0 }, new DataView(new Uint8Array([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]).buffer));
  if (series === 4 && index === 0) return window.deliver({ ...common, error: "cannot be decoded: truncated" });
  const orientation = { left: "R", right: "L", top: "A", bottom: "P" };
  return window.deliver({ ...common, rows: 40, columns: 40, samples: 1, dtype: "i2", intercept: -1024, unit: "HU", usual: Boolean(window.usual), window: window.usual ?? [100, 401], orientation, position: `${index} mm` }, pixels(index));
}
window.kernel = (content) => queueMicrotask(() => {
  const { type, series, index } = content;
  if (type === "ready") window.deliver({ type: "series", rows: ROWS });
  if (type === "open") window.deliver({ type: "opened", series, start: window.starts?.[series], ...OPENED[series] });
  if (type === "want") for (const wanted of content.frames) if (!window.slow.has(wanted)) frame(series, wanted);
  if (type === "header") window.deliver({ type: "header", series, index, rows: content.private ? [...HEADER, ["(0010,0010)", "PatientName", "PN", "MEIER", 0, false]] : HEADER });
});
