import { type Axis, extent } from "./figure.ts";
import { escapeXml, SIZE } from "./raster.ts";

/** Colours of text, of quieter text, and of grid lines. */
export const INK = "#222222", MUTED = "#555555", GRID = "#e5e5e5";

/** The rectangle that the data occupies, in SVG units. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Linear map of one axis from data to SVG units. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  at(value: number): number;
}

/** Round numbers, about `count` of them, that cover [low, high]. */
export function niceTicks(low: number, high: number, count = 5): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? 10 * power;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

/** The scale of an axis: its fixed range, or the values with room `pad` at both ends. */
export function scaleOf(
  axis: Axis,
  values: Iterable<number>,
  from: number,
  to: number,
  pad = 0.06,
): Scale {
  const [min, max] = extent(values);
  const [low, high] = axis.range ?? [min - pad * (max - min), max + pad * (max - min)];
  return { low, high, at: (v) => from + ((v - low) / (high - low)) * (to - from) };
}

/** A coordinate in at most two decimals. */
export const f = (n: number) => Number(n.toFixed(2)).toString();

/** How a text is set. */
export interface LabelStyle {
  anchor?: "start" | "middle" | "end";
  size?: number;
  weight?: number;
  colour?: string;
  turn?: number;
}

/** A text, escaped. */
export function label(x: number, y: number, text: string, style: LabelStyle = {}): string {
  const { anchor = "start", size = SIZE, weight = 400, colour = INK, turn } = style;
  const rotate = turn === undefined ? "" : ` transform="rotate(${turn} ${f(x)} ${f(y)})"`;
  return `<text x="${f(x)}" y="${f(y)}" text-anchor="${anchor}" font-size="${size}" ` +
    `font-weight="${weight}" fill="${colour}"${rotate}>${escapeXml(text)}</text>`;
}

/** A straight line. */
export function line(
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  colour: string,
  width = 1,
): string {
  return `<line x1="${f(x1)}" y1="${f(y1)}" x2="${f(x2)}" y2="${f(y2)}" stroke="${colour}" ` +
    `stroke-width="${width}"/>`;
}
