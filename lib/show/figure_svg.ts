import { seriesColour } from "./colours.ts";
import {
  type Axis,
  axisTitle,
  barAxis,
  type BarChart,
  type Chart,
  type Interval,
  type LineChart,
  type ScatterChart,
  type ScatterPoint,
} from "./figure.ts";
import { heat } from "./heat_svg.ts";
import { type LabelPlace, labelPlaces } from "./label_places.ts";
import { FONT_FAMILY, SIZE, textWidth } from "./raster.ts";
import {
  type Box,
  f,
  GRID,
  INK,
  label,
  line,
  MUTED,
  niceTicks,
  type Scale,
  scaleOf,
} from "./svg_parts.ts";

const MARGIN = { top: 56, right: 20, bottom: 48, left: 64 };

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
      return scatter(chart, belowLegend(chart.groups ?? [], box));
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
  const axis = barAxis(chart);
  const y = scaleOf(axis, [0, ...values], room.bottom, room.top);
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
    ...yAxis(axis, y, room),
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
  const { points, groups = [] } = chart;
  const shown = (of: (p: ScatterPoint) => Interval) =>
    points.flatMap((p) => p.minor ? [of(p).value] : [of(p).low, of(p).high]);
  const x = scaleOf(chart.x, shown((p) => p.x), box.left, box.right);
  const y = scaleOf(chart.y, shown((p) => p.y), box.bottom, box.top);
  const places = labelPlaces(
    points.map(({ name, group = 0, ...p }) => {
      return { name, x: x.at(p.x.value), y: y.at(p.y.value), below: group % 2 === 1 };
    }),
    box.left,
    box.right + MARGIN.right,
  );
  return [
    ...yAxis(chart.y, y, box),
    ...xAxis(chart.x, x, box),
    ...groups.flatMap(({ line = [] }, i) => polyline(line, x, y, seriesColour(i))),
    ...points.flatMap((p, i) => point(p, x, y, seriesColour(p.group ?? i), places[i]!)),
    ...legend(groups.map((group) => group.name), box),
  ];
}

function point(p: ScatterPoint, x: Scale, y: Scale, colour: string, place: LabelPlace): string[] {
  const px = x.at(p.x.value), py = y.at(p.y.value);
  const style = { anchor: place.anchor, ...(p.group !== undefined && { colour }) };
  const name = p.name === "" ? [] : [label(place.x, place.y, p.name, style)];
  if (p.minor) return [`<circle cx="${f(px)}" cy="${f(py)}" r="2.5" fill="${colour}"/>`, ...name];
  return [
    ...(p.x.low < p.x.high ? whisker(x.at(p.x.low), py, x.at(p.x.high), py, colour) : []),
    ...(p.y.low < p.y.high ? whisker(px, y.at(p.y.low), px, y.at(p.y.high), colour) : []),
    `<circle cx="${f(px)}" cy="${f(py)}" r="5" fill="${colour}"/>`,
    ...name,
  ];
}

function polyline(
  line: readonly (readonly [number, number])[],
  x: Scale,
  y: Scale,
  colour: string,
): string[] {
  if (line.length === 0) return [];
  const points = line.map(([a, b]) => `${f(x.at(a))},${f(y.at(b))}`).join(" ");
  return [
    `<polyline points="${points}" fill="none" stroke="${colour}" stroke-width="2" ` +
    `stroke-linejoin="round"/>`,
  ];
}

function lines(chart: LineChart, box: Box): string[] {
  const x = scaleOf(chart.x, chart.series.flatMap((s) => s.x), box.left, box.right, 0);
  const values = chart.series.flatMap((s) => [...s.y, ...(s.intervals ?? []).flat()]);
  const y = scaleOf(chart.y, values, box.bottom, box.top);
  const paths = chart.series.flatMap((s, i) =>
    polyline(s.x.map((v, k) => [v, s.y[k]!]), x, y, seriesColour(i))
  );
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
