import { encodePng, type Image } from "../io/image.ts";
import { seriesColour } from "./colours.ts";
import { labelPlaces } from "./label_places.ts";

/** What an axis shows; the unit stands in brackets behind the title. */
export interface Axis {
  readonly title: string;
  readonly unit?: string;
  /** Fixed limits; from the data when absent. */
  readonly range?: readonly [number, number];
}

/** A value with the two ends of its interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Groups of bars with error bars. */
export interface BarChart {
  readonly kind: "bar";
  readonly title: string;
  readonly categories: readonly string[];
  readonly y: Axis;
  /** One value per category. */
  readonly series: readonly { readonly name: string; readonly values: readonly Interval[] }[];
}

/** Named points with intervals in both directions. */
export interface ScatterChart {
  readonly kind: "scatter";
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly points: readonly ScatterPoint[];
  /** Points that belong together have one colour and a name in the legend. */
  readonly groups?: readonly ScatterGroup[];
}

/** One point of a {@linkcode ScatterChart}. */
export interface ScatterPoint {
  /** Written beside it; may be empty. */
  readonly name: string;
  readonly x: Interval;
  readonly y: Interval;
  /** Place among the chart's groups; a colour of its own when absent. */
  readonly group?: number;
  /** Drawn small and without its intervals. */
  readonly minor?: true;
}

/** Points of one colour. */
export interface ScatterGroup {
  readonly name: string;
  /** A line through some of them, such as a frontier. */
  readonly line?: readonly (readonly [x: number, y: number])[];
}

/** Lines over a common axis. */
export interface LineChart {
  readonly kind: "line";
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly {
    readonly name: string;
    readonly x: readonly number[];
    readonly y: readonly number[];
    /** The ends of each value's interval; where they are given, points and error bars are drawn. */
    readonly intervals?: readonly (readonly [low: number, high: number])[];
  }[];
}

/** A grid of values, row-major from the top left, optionally laid half transparent over an image. */
export interface HeatChart {
  readonly kind: "heat";
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly values: ArrayLike<number>;
  /** Writes each value into its place, with so many decimals. */
  readonly decimals?: number;
  /** What the colours mean. */
  readonly scale: Axis;
  readonly x?: Axis & { readonly labels?: readonly string[] };
  readonly y?: Axis & { readonly labels?: readonly string[] };
  readonly image?: Image;
}

/** The figures of the studies: each is drawn by Plotly where it can be and as a PNG everywhere. */
export type Chart = BarChart | ScatterChart | LineChart | HeatChart;

/** What `Plotly.newPlot` takes. */
export interface PlotlyFigure {
  readonly data: readonly Record<string, unknown>[];
  readonly layout: Readonly<Record<string, unknown>>;
}

/** `title (unit)`. */
export function axisTitle(axis: Axis): string {
  return axis.unit ? `${axis.title} (${axis.unit})` : axis.title;
}

/** The smallest and largest of the values, or [0, 1] if there is none; never of zero width. */
export function extent(values: Iterable<number>): [number, number] {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** The chart as an interactive Plotly figure. */
export function plotlyFigure(chart: Chart): PlotlyFigure {
  switch (chart.kind) {
    case "bar":
      return barFigure(chart);
    case "scatter":
      return scatterFigure(chart);
    case "line":
      return lineFigure(chart);
    case "heat":
      return heatFigure(chart);
  }
}

const FONT = { family: "Inter, Helvetica, Arial, sans-serif", size: 13, color: "#222" };

function layout(title: string, x: object, y: object, rest: object = {}): PlotlyFigure["layout"] {
  return {
    title: { text: title },
    font: FONT,
    paper_bgcolor: "#fff",
    plot_bgcolor: "#fff",
    margin: { t: 48, r: 16, b: 56, l: 64 },
    xaxis: { gridcolor: "#e5e5e5", zeroline: false, automargin: true, ...x },
    yaxis: { gridcolor: "#e5e5e5", zeroline: false, automargin: true, ...y },
    ...rest,
  };
}

function axis(a: Axis): object {
  return { title: { text: axisTitle(a) }, ...(a.range ? { range: [...a.range] } : {}) };
}

function errors(values: readonly Interval[]): object {
  return {
    type: "data",
    symmetric: false,
    array: values.map((v) => v.high - v.value),
    arrayminus: values.map((v) => v.value - v.low),
    thickness: 1.2,
  };
}

/** The axis of a bar chart: from 0 to 1 where all bars are 0, which would say nothing of the scale. */
export function barAxis({ series, y }: BarChart): Axis {
  const flat = series.every(({ values }) =>
    values.every(({ low, high }) => low === 0 && high === 0)
  );
  return flat && !y.range ? { ...y, range: [0, 1] } : y;
}

function barFigure(chart: BarChart): PlotlyFigure {
  return {
    data: chart.series.map(({ name, values }, i) => ({
      type: "bar",
      name,
      x: [...chart.categories],
      y: values.map((v) => v.value),
      error_y: errors(values),
      marker: { color: seriesColour(i) },
    })),
    layout: layout(chart.title, {}, axis(barAxis(chart)), {
      barmode: "group",
      showlegend: chart.series.length > 1,
    }),
  };
}

/** Width and height of a page's plotting area, about, in pixels: where names collide. */
const AREA = { width: 400, height: 230 };

/** Where Plotly writes each point's name, so that names of near points stand apart. */
function namePositions({ points }: ScatterChart): string[] {
  const scale = (of: (p: ScatterPoint) => Interval, length: number) => {
    const ends = points.flatMap((p) => p.minor ? [of(p).value] : [of(p).low, of(p).high]);
    const low = Math.min(...ends), span = Math.max(...ends) - low || 1;
    return (p: ScatterPoint) => (of(p).value - low) / span * length;
  };
  const x = scale((p) => p.x, AREA.width), y = scale((p) => p.y, AREA.height);
  const named = points.map((p) => ({
    ...{ name: p.name, x: x(p), y: AREA.height - y(p) },
    below: (p.group ?? 0) % 2 === 1,
  }));
  return labelPlaces(named, 0, AREA.width).map((place, i) =>
    `${place.y > named[i]!.y ? "bottom" : "top"} ${place.anchor === "start" ? "right" : "left"}`
  );
}

function scatterFigure(chart: ScatterChart): PlotlyFigure {
  const groups = chart.groups ?? [], positions = namePositions(chart);
  const points = chart.points.map(({ name, x, y, group, minor }, i) => ({
    type: "scatter",
    mode: "markers+text",
    name,
    x: [x.value],
    y: [y.value],
    text: [name],
    textposition: positions[i]!,
    ...(minor ? {} : { error_x: errors([x]), error_y: errors([y]) }),
    marker: { color: seriesColour(group ?? i), size: minor ? 5 : 9 },
    ...(groups.length > 0 && { showlegend: false }),
  }));
  const lines = groups.map(({ name, line = [] }, i) => ({
    type: "scatter",
    mode: "lines",
    name,
    x: line.length > 0 ? line.map(([x]) => x) : [null], // so that the legend names it
    y: line.length > 0 ? line.map(([, y]) => y) : [null],
    line: { color: seriesColour(i), width: 2 },
  }));
  return {
    data: [...lines, ...points],
    layout: layout(chart.title, axis(chart.x), axis(chart.y), { showlegend: groups.length > 0 }),
  };
}

function lineFigure(chart: LineChart): PlotlyFigure {
  return {
    data: chart.series.map(({ name, x, y, intervals }, i) => ({
      type: "scatter",
      mode: intervals ? "lines+markers" : "lines",
      name,
      x: [...x],
      y: [...y],
      line: { color: seriesColour(i), width: 2 },
      ...(intervals && {
        error_y: errors(intervals.map(([low, high], k) => ({ value: y[k]!, low, high }))),
      }),
    })),
    layout: layout(chart.title, axis(chart.x), axis(chart.y), {
      showlegend: chart.series.length > 1,
    }),
  };
}

function heatFigure(chart: HeatChart): PlotlyFigure {
  const { width, height, values } = chart;
  const ticks = (a: HeatChart["x"], n: number) =>
    a?.labels
      ? { tickvals: Array.from({ length: n }, (_, i) => i), ticktext: [...a.labels] }
      : { showticklabels: a !== undefined, ticks: "" };
  return {
    data: [{
      type: "heatmap",
      z: Array.from(
        { length: height },
        (_, r) => Array.from({ length: width }, (_, c) => values[r * width + c]),
      ),
      colorscale: "Viridis",
      opacity: chart.image ? 0.6 : 1,
      colorbar: { title: { text: axisTitle(chart.scale) } },
      ...(chart.decimals === undefined ? {} : { texttemplate: `%{z:.${chart.decimals}f}` }),
      ...(chart.scale.range ? { zmin: chart.scale.range[0], zmax: chart.scale.range[1] } : {}),
    }],
    layout: layout(
      chart.title,
      {
        ...(chart.x ? axis(chart.x) : {}),
        ...ticks(chart.x, width),
        showgrid: false,
        constrain: "domain",
      },
      {
        ...(chart.y ? axis(chart.y) : {}),
        ...ticks(chart.y, height),
        showgrid: false,
        autorange: "reversed",
        scaleanchor: "x",
        constrain: "domain",
      },
      chart.image ? { images: [underlay(chart.image, width, height)] } : {},
    ),
  };
}

function underlay(image: Image, width: number, height: number): object {
  return {
    source: pngDataUri(image),
    xref: "x",
    yref: "y",
    x: -0.5,
    y: -0.5,
    sizex: width,
    sizey: height,
    sizing: "stretch",
    layer: "below",
  };
}

/** The image as a `data:` address. */
export function pngDataUri(image: Image): string {
  return `data:image/png;base64,${encodePng(image).toBase64()}`;
}
