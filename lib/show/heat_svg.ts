import { viridis } from "./colours.ts";
import { type Axis, axisTitle, extent, type HeatChart, pngDataUri } from "./figure.ts";
import { type Box, f, INK, label, MUTED, niceTicks } from "./svg_parts.ts";

/** The parts of a {@linkcode HeatChart} as SVG: image, coloured cells, values, labels, colour bar. */
export function heat(chart: HeatChart, box: Box): string[] {
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
    ...heatValues(chart, box, cell, share),
    ...heatLabels(chart, box, cell),
    ...colourBar(chart.scale, low, high, box.left + side.w + 24, box.top, side.h),
  ];
}

function heatValues(chart: HeatChart, box: Box, cell: number, share: (v: number) => number) {
  const { width, values, decimals } = chart;
  if (decimals === undefined) return [];
  return Array.from(values, (value, i) => {
    const [x, y] = [i % width, Math.floor(i / width)].map((at) => (at + 0.5) * cell);
    const colour = share(value) > 0.5 ? INK : "#ffffff"; // Viridis is dark below its middle
    const place = { anchor: "middle", colour } as const;
    return label(box.left + x!, box.top + y! + 4, value.toFixed(decimals), place);
  });
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
