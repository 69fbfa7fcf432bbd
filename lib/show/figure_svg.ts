import { seriesColour, viridis } from "./colours.ts";
import {
  type Axis,
  axisTitle,
  type BarChart,
  type Chart,
  extent,
  type HeatChart,
  type Interval,
  type LineChart,
  pngDataUri,
  type ScatterChart,
} from "./figure.ts";
import { FONT_FAMILY, textWidth } from "./raster.ts";
import {
  f,
  GRID,
  INK,
  label,
  line,
  MUTED,
  niceTicks,
  type Scale,
  scaleOf,
  SIZE,
} from "./svg_parts.ts";

const MARGIN = { top: 56, right: 20, bottom: 48, left: 64 };

/** The rectangle that the data occupies, in SVG units. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * The chart as an SVG of our own: what a machine without a browser shows in place of Plotly.
 *
 * @param chart The chart.
 * @param width Width in SVG units.
 * @param height Height in SVG units.
 */
export function chartSvg(chart: Chart, width = 640, height = 400): string {
  const body = drawing(chart, {
    left: MARGIN.left,
    top: MARGIN.top,
    right: width - MARGIN.right,
    bottom: height - MARGIN.bottom,
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" font-family="${FONT_FAMILY}" font-size="${SIZE}" fill="${INK}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    label(16, 24, chart.title, { size: 15, weight: 600 }),
    ...body,
    "</svg>",
  ].join("\n");
}

function drawing(chart: Chart, box: Box): string[] {
  switch (chart.kind) {
    case "bar":
      return bars(chart, belowLegend(chart.series, box));
    case "scatter":
      return scatter(chart, box);
    case "line":
      return lines(chart, belowLegend(chart.series, box));
    case "heat":
      return heat(chart, box);
  }
}

function yAxis(axis: Axis, scale: Scale, box: Box): string[] {
  const middle = (box.top + box.bottom) / 2;
  return [
    ...niceTicks(scale.low, scale.high).flatMap((tick) => [
      line(box.left, scale.at(tick), box.right, scale.at(tick), GRID),
      label(box.left - 8, scale.at(tick) + 4, String(tick), { anchor: "end", colour: MUTED }),
    ]),
    label(18, middle, axisTitle(axis), { anchor: "middle", turn: -90 }),
  ];
}

function xAxis(axis: Axis, scale: Scale, box: Box): string[] {
  const middle = (box.left + box.right) / 2;
  return [
    ...niceTicks(scale.low, scale.high, 6).flatMap((tick) => [
      line(scale.at(tick), box.top, scale.at(tick), box.bottom, GRID),
      label(scale.at(tick), box.bottom + 16, String(tick), { anchor: "middle", colour: MUTED }),
    ]),
    label(middle, box.bottom + 38, axisTitle(axis), { anchor: "middle" }),
  ];
}

const LEGEND_ROW = 16;

/** Where each name of a legend stands: from the left, on as many rows as they need. */
function legendPlaces(names: readonly string[], box: Box): { x: number; row: number }[] {
  let x = box.left, row = 0;
  return names.map((name) => {
    const width = 34 + textWidth(name, SIZE);
    if (x > box.left && x + width - 20 > box.right) [x, row] = [box.left, row + 1];
    const place = { x, row };
    x += width;
    return place;
  });
}

function legend(names: readonly string[], box: Box): string[] {
  return names.length < 2 ? [] : legendPlaces(names, box).flatMap(({ x, row }, i) => [
    `<rect x="${f(x)}" y="${36 + row * LEGEND_ROW}" width="10" height="10" fill="${
      seriesColour(i)
    }"/>`,
    label(x + 14, 45 + row * LEGEND_ROW, names[i]!),
  ]);
}

/** The box without the room that the rows of a legend take beyond the first. */
function belowLegend(series: readonly { readonly name: string }[], box: Box): Box {
  const rows = legendPlaces(series.map(({ name }) => name), box).at(-1)?.row ?? 0;
  return { ...box, top: box.top + rows * LEGEND_ROW };
}

function bars(chart: BarChart, box: Box): string[] {
  const values = chart.series.flatMap((s) => s.values.flatMap((v) => [v.low, v.high]));
  const turned = chart.categories.some((c) =>
    textWidth(c, SIZE) > 0.95 * (box.right - box.left) / chart.categories.length
  );
  const room = turned ? { ...box, bottom: box.bottom - 44 } : box;
  const y = scaleOf(chart.y, [0, ...values], room.bottom, room.top);
  const floor = y.at(Math.max(0, y.low));
  const step = (room.right - room.left) / chart.categories.length;
  const width = Math.min(48, step * 0.75 / chart.series.length);
  const body = chart.categories.flatMap((category, c) => {
    const middle = room.left + (c + 0.5) * step;
    const start = middle - (width * chart.series.length) / 2;
    return [
      ...chart.series.flatMap(({ values }, s) =>
        bar(values[c]!, start + s * width, width, floor, y, seriesColour(s))
      ),
      turned
        ? label(middle + 6, room.bottom + 16, category, { anchor: "end", turn: -28 })
        : label(middle, room.bottom + 18, category, { anchor: "middle" }),
    ];
  });
  return [
    ...yAxis(chart.y, y, room),
    ...body,
    line(room.left, floor, room.right, floor, MUTED),
    ...legend(chart.series.map((s) => s.name), room),
  ];
}

function bar(v: Interval, x: number, width: number, floor: number, y: Scale, fill: string) {
  const top = Math.min(y.at(v.value), floor);
  return [
    `<rect x="${f(x + 1)}" y="${f(top)}" width="${f(width - 2)}" ` +
    `height="${f(Math.abs(y.at(v.value) - floor))}" fill="${fill}"/>`,
    ...whisker(x + width / 2, y.at(v.low), x + width / 2, y.at(v.high), INK),
  ];
}

/** An interval: a line with a short cap at both ends, upright or level. */
function whisker(x1: number, y1: number, x2: number, y2: number, colour: string): string[] {
  const [dx, dy] = x1 === x2 ? [4, 0] : [0, 4];
  return [
    line(x1, y1, x2, y2, colour, 1.2),
    line(x1 - dx, y1 - dy, x1 + dx, y1 + dy, colour, 1.2),
    line(x2 - dx, y2 - dy, x2 + dx, y2 + dy, colour, 1.2),
  ];
}

function scatter(chart: ScatterChart, box: Box): string[] {
  const x = scaleOf(chart.x, chart.points.flatMap((p) => [p.x.low, p.x.high]), box.left, box.right);
  const y = scaleOf(chart.y, chart.points.flatMap((p) => [p.y.low, p.y.high]), box.bottom, box.top);
  const points = chart.points.flatMap((p, i) => {
    const colour = seriesColour(i);
    const px = x.at(p.x.value), py = y.at(p.y.value);
    const right = px + 10 + textWidth(p.name, SIZE) < box.right + MARGIN.right;
    return [
      ...whisker(x.at(p.x.low), py, x.at(p.x.high), py, colour),
      ...whisker(px, y.at(p.y.low), px, y.at(p.y.high), colour),
      `<circle cx="${f(px)}" cy="${f(py)}" r="5" fill="${colour}"/>`,
      label(right ? px + 8 : px - 8, py - 8, p.name, { anchor: right ? "start" : "end" }),
    ];
  });
  return [...yAxis(chart.y, y, box), ...xAxis(chart.x, x, box), ...points];
}

function lines(chart: LineChart, box: Box): string[] {
  const x = scaleOf(chart.x, chart.series.flatMap((s) => s.x), box.left, box.right, 0);
  const values = chart.series.flatMap((s) => [...s.y, ...(s.intervals ?? []).flat()]);
  const y = scaleOf(chart.y, values, box.bottom, box.top);
  const paths = chart.series.map((s, i) => {
    const points = s.x.map((v, k) => `${f(x.at(v))},${f(y.at(s.y[k]!))}`).join(" ");
    return `<polyline points="${points}" fill="none" stroke="${
      seriesColour(i)
    }" stroke-width="2" ` +
      `stroke-linejoin="round"/>`;
  });
  return [
    ...yAxis(chart.y, y, box),
    ...xAxis(chart.x, x, box),
    ...paths,
    ...chart.series.flatMap((s, i) =>
      (s.intervals ?? []).flatMap(([low, high], k) => {
        const [px, colour] = [x.at(s.x[k]!), seriesColour(i)];
        return [
          ...whisker(px, y.at(low), px, y.at(high), colour),
          `<circle cx="${f(px)}" cy="${f(y.at(s.y[k]!))}" r="3.5" fill="${colour}"/>`,
        ];
      })
    ),
    ...legend(chart.series.map((s) => s.name), box),
  ];
}

function heat(chart: HeatChart, box: Box): string[] {
  const { width, height, values } = chart;
  const cell = Math.min((box.right - box.left - 90) / width, (box.bottom - box.top) / height);
  const [low, high] = chart.scale.range ?? extent(Array.from(values));
  const share = (v: number) => (v - low) / (high - low);
  const side = { w: cell * width, h: cell * height };
  const under = chart.image
    ? [
      `<image x="${box.left}" y="${box.top}" width="${f(side.w)}" height="${f(side.h)}" ` +
      `preserveAspectRatio="none" image-rendering="optimizeSpeed" ` +
      `href="${pngDataUri(chart.image)}"/>`,
    ]
    : [];
  const cells = Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [box.left + (i % width) * cell, box.top + Math.floor(i / width) * cell];
    return `<rect x="${f(x)}" y="${f(y)}" width="${f(cell)}" height="${f(cell)}" ` +
      `fill="rgb(${viridis(share(values[i]!))})" opacity="${chart.image ? 0.6 : 1}" ` +
      `shape-rendering="crispEdges"/>`;
  });
  return [
    ...under,
    ...cells,
    ...heatLabels(chart, box, cell),
    ...colourBar(chart.scale, low, high, box.left + side.w + 24, box.top, side.h),
  ];
}

function heatLabels(chart: HeatChart, box: Box, cell: number): string[] {
  const { x, y, width, height } = chart;
  const bottom = box.top + cell * height;
  return [
    ...(x?.labels ?? []).map((text, i) =>
      label(box.left + (i + 0.5) * cell, bottom + 16, text, { anchor: "middle", colour: MUTED })
    ),
    ...(y?.labels ?? []).map((text, i) =>
      label(box.left - 8, box.top + (i + 0.5) * cell + 4, text, { anchor: "end", colour: MUTED })
    ),
    ...(x
      ? [label(box.left + width * cell / 2, bottom + 36, axisTitle(x), { anchor: "middle" })]
      : []),
    ...(y
      ? [label(18, box.top + height * cell / 2, axisTitle(y), { anchor: "middle", turn: -90 })]
      : []),
  ];
}

function colourBar(
  scale: Axis,
  low: number,
  high: number,
  x: number,
  top: number,
  height: number,
): string[] {
  const steps = 32;
  const at = (v: number) => top + height * (1 - (v - low) / (high - low));
  return [
    ...Array.from(
      { length: steps },
      (_, i) =>
        `<rect x="${f(x)}" y="${f(top + (i * height) / steps)}" width="12" ` +
        `height="${f(height / steps + 0.5)}" fill="rgb(${viridis(1 - (i + 0.5) / steps)})"/>`,
    ),
    ...niceTicks(low, high, 4).map((t) => label(x + 18, at(t) + 4, String(t), { colour: MUTED })),
    label(x, top - 8, axisTitle(scale)),
  ];
}
