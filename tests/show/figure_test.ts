import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Chart, extent, type LineChart, plotlyFigure } from "../../lib/show/figure.ts";
import { chartSvg } from "../../lib/show/figure_svg.ts";
import { labelPlaces } from "../../lib/show/label_places.ts";
import { niceTicks } from "../../lib/show/svg_parts.ts";
import { chartHtml, chartImage, writeFigure } from "../../lib/show/figure_files.ts";
import { readImage } from "../../lib/io/image.ts";

const at = (value: number) => ({ value, low: value - 0.1, high: value + 0.2 });
const bar: Chart = {
  kind: "bar",
  title: "Leakage <by method>",
  categories: ["muse", "finestyle"],
  y: { title: "Leakage", unit: "share" },
  series: [{ name: "rate", values: [at(0.2), at(0.4)] }],
};
const scatter: Chart = {
  kind: "scatter",
  title: "Text and Style",
  x: { title: "Text", unit: "cosine" },
  y: { title: "Style", unit: "cosine" },
  points: [{ name: "muse", x: at(0.3), y: at(0.5) }, { name: "finestyle", x: at(0.4), y: at(0.7) }],
};
const line: LineChart = {
  kind: "line",
  title: "Loss",
  x: { title: "step" },
  y: { title: "cross-entropy", unit: "nats" },
  series: [{ name: "full", x: [0, 1, 2], y: [3, 2, 1] }, { name: "pairs", x: [0, 2], y: [3, 2] }],
};
const heat: Chart = {
  kind: "heat",
  title: "Attention",
  width: 2,
  height: 2,
  values: [0, 1, 2, 3],
  scale: { title: "weight" },
  image: { width: 1, height: 1, data: Uint8Array.of(255, 0, 0) },
};

Deno.test("plotlyFigure() names units and turns interval ends into error lengths", () => {
  const { data, layout } = plotlyFigure(bar);
  const error = data[0]!.error_y as { array: number[]; arrayminus: number[] };
  assertEquals(error.array.map((v) => v.toFixed(3)), ["0.200", "0.200"]);
  assertEquals(error.arrayminus.map((v) => v.toFixed(3)), ["0.100", "0.100"]);
  assertEquals((layout.yaxis as { title: unknown }).title, { text: "Leakage (share)" });
  assertEquals(plotlyFigure(scatter).data.length, 2);
  assertEquals(plotlyFigure(heat).data[0]!.z, [[0, 1], [2, 3]]);
});

Deno.test("niceTicks() gives round numbers inside the range", () => {
  assertEquals(niceTicks(0, 1), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assertEquals(niceTicks(-0.013, 0.027, 4), [-0.01, 0, 0.01, 0.02]);
  assertEquals(extent([]), [0, 1]);
  assertEquals(extent([3, NaN]), [2.5, 3.5]);
});

Deno.test("chartSvg() draws one mark per value and escapes words", () => {
  const svg = chartSvg(bar);
  assertStringIncludes(svg, "Leakage &#60;by method&#62;");
  assertEquals(svg.match(/<rect[^>]*fill="#0072b2"/g)?.length, 2);
  assertEquals(chartSvg(scatter).match(/<circle/g)?.length, 2);
  assertEquals(chartSvg(line).match(/<polyline/g)?.length, 2);
});

Deno.test("bars that are all 0 stand on an axis up to 1, and below 0 there is nothing", () => {
  const nothing = { value: 0, low: 0, high: 0 };
  const flat: Chart = { ...bar, series: [{ name: "rate", values: [nothing, nothing] }] };
  assertEquals((plotlyFigure(flat).layout.yaxis as { range: unknown }).range, [0, 1]);
  assert(!chartSvg(flat).includes(">-0"));
  assertEquals((plotlyFigure(bar).layout.yaxis as { range?: unknown }).range, undefined);
});

Deno.test("a legend takes the rows it needs, and the plot starts below them", () => {
  const series = Array.from({ length: 6 }, (_, i) => ({
    ...line.series[0]!,
    name: `finestyle-of-some-place-${i}`,
  }));
  const marks = [
    ...chartSvg({ ...line, series }).matchAll(/<rect x="([\d.]+)" y="(\d+)" width="10"/g),
  ]
    .map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
  assertEquals(marks.length, 6);
  assert(marks.every(({ x }) => x < 500), "room for a name of 24 letters to the right");
  assert(new Set(marks.map(({ y }) => y)).size > 1);
});

Deno.test("a line with intervals has points and error bars, also where the axis ends", () => {
  const chart: Chart = {
    ...line,
    series: [{ name: "AUC", x: [8, 16], y: [0.6, 0.8], intervals: [[0.5, 0.7], [0.7, 0.9]] }],
  };
  const [trace] = plotlyFigure(chart).data;
  assertEquals(trace!.mode, "lines+markers");
  const { array } = trace!.error_y as { array: number[] };
  assertEquals(array.map((v) => v.toFixed(3)), ["0.100", "0.100"]);
  const svg = chartSvg(chart);
  assertEquals(svg.match(/<circle/g)?.length, 2);
  const heights = [...svg.matchAll(/y[12]="([\d.]+)"[^>]*stroke="#0072b2"/g)].map((m) => +m[1]!);
  assertEquals(heights.length, 6);
  assert(heights.every((y) => y > 56 && y < 352), heights.join(" "));
});

Deno.test("a scatter chart with groups names them, joins their fronts, and keeps minor points plain", () => {
  const chart: Chart = {
    ...scatter,
    points: [
      { name: "0.5, 1", x: at(0.3), y: at(0.5), group: 1 },
      { name: "", x: at(0.4), y: at(0.7), group: 1, minor: true },
      { name: "", x: at(0.2), y: at(0.4), group: 0, minor: true },
    ],
    groups: [{ name: "muse" }, { name: "styledrop", line: [[0.3, 0.5], [0.4, 0.7]] }],
  };
  const { data, layout } = plotlyFigure(chart);
  assertEquals(layout.showlegend, true);
  assertEquals(data.map(({ name, showlegend }) => [name, showlegend]), [
    ["muse", undefined],
    ["styledrop", undefined],
    ...[["0.5, 1", false], ["", false], ["", false]],
  ]);
  assertEquals(data.map(({ error_x }) => error_x !== undefined), [
    false,
    false,
    true,
    false,
    false,
  ]);
  const svg = chartSvg(chart);
  assertEquals(svg.match(/<polyline/g)?.length, 1);
  assertEquals(svg.match(/<circle[^>]*fill="#d55e00"/g)?.length, 2);
  assertEquals(svg.match(/<circle[^>]*r="2.5"/g)?.length, 2);
  assertStringIncludes(svg, ">styledrop<");
});

Deno.test("a scatter page writes the names of points that coincide to different sides", () => {
  const points = ["a method", "the other", "a third"].map((name) => ({
    name,
    x: at(0.3),
    y: at(0.5),
  }));
  const { data } = plotlyFigure({ ...scatter, points } as Chart);
  assertEquals(data.map(({ textposition }) => textposition), [
    "top right",
    "top left",
    "bottom right",
  ]);
});

Deno.test("labelPlaces() keeps names apart from each other, from points, and inside", () => {
  const at = (x: number, y: number, name: string, below = false) => ({ x, y, name, below });
  const [alone] = labelPlaces([at(50, 50, "one")], 0, 200);
  assertEquals(alone, { x: 58, y: 42, anchor: "start" });
  assertEquals(labelPlaces([at(50, 50, "one", true)], 0, 200)[0], { x: 42, y: 66, anchor: "end" });
  assertEquals(labelPlaces([at(190, 50, "one")], 0, 200)[0]!.anchor, "end");
  assertEquals(labelPlaces([at(5, 50, "one", true)], 0, 200)[0]!.anchor, "start");
  assertEquals(labelPlaces([at(50, 50, "one"), at(65, 40, "")], 0, 200)[0]!.anchor, "end");
  const [first, second] = labelPlaces([at(50, 50, "one"), at(52, 52, "two")], 0, 200);
  assertEquals(first, alone);
  assertEquals(second, { x: 44, y: 44, anchor: "end" });
});

Deno.test("a heat map writes its values where asked, light on dark and dark on light", () => {
  const chart: Chart = { ...heat, values: [0, 0.25, 0.5, 1], decimals: 2 };
  assertEquals(plotlyFigure(chart).data[0]!.texttemplate, "%{z:.2f}");
  const colours = [...chartSvg(chart).matchAll(/fill="(#\w+)">(0\.25|1\.00)</g)].map((m) => m[1]);
  assertEquals(colours, ["#ffffff", "#222222"]);
  assert(!chartSvg(heat).includes(">1.00<"));
});

Deno.test("chartImage() draws every kind of chart with its letters", async () => {
  for (const chart of [bar, scatter, line, heat]) {
    const image = await chartImage(chart, 320, 240);
    assertEquals([image.width, image.height], [640, 480]);
    let dark = 0; // the title's letters stand in the first 56 rows
    for (let i = 0; i < 3 * 640 * 56; i += 3) if (image.data[i]! < 100) dark++;
    assert(dark > 200, `${chart.kind}: only ${dark} dark pixels in the title`);
  }
});

Deno.test("chartHtml() cannot be broken out of by a title", () => {
  const html = chartHtml({ ...bar, title: "</script><script>alert(1)</script>" }, "a.png");
  assertEquals(html.match(/<script/g)?.length, 2);
});

Deno.test("writeFigure() writes page and picture and shares one Plotly script", async () => {
  const folder = await Deno.makeTempDir();
  const { html, png } = await writeFigure(folder, "leakage", bar);
  await writeFigure(folder, "loss", line);
  const page = await Deno.readTextFile(html);
  assertStringIncludes(page, 'src="plotly.min.js"');
  assertStringIncludes(page, '<img src="leakage.png"'); // what shows where the script is missing
  assertEquals((await readImage(png)).width, 1280);
  assertEquals([...Deno.readDirSync(folder)].map((f) => f.name).sort(), [
    "leakage.html",
    "leakage.png",
    "loss.html",
    "loss.png",
    "plotly.min.js",
  ]);
  await Deno.remove(folder, { recursive: true });
});

// After a wanted change: deno test --allow-read --allow-write tests/show/figure_test.ts -- --update
Deno.test("chartSvg() draws what it drew before", async () => {
  for (const chart of [bar, scatter, line, heat]) {
    const file = new URL(`./snapshots/${chart.kind}.snap`, import.meta.url);
    const svg = chartSvg(chart, 320, 240) + "\n";
    if (Deno.args.includes("--update")) await Deno.writeTextFile(file, svg);
    assertEquals(svg, await Deno.readTextFile(file), `${chart.kind} differs from its snapshot`);
  }
});
