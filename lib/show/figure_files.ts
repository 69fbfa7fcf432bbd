import { encodePng, type Image } from "../io/image.ts";
import { writeAtomic } from "../io/files.ts";
import { type Chart, type PlotlyFigure, plotlyFigure } from "./figure.ts";
import { chartSvg } from "./figure_svg.ts";
import { escapeXml, rasterise } from "./raster.ts";

/** The script that draws figures on pages; a copy of the library, so never an output of a run. */
export const PLOTLY = "plotly.min.js";

/** The chart as a PNG-ready image, drawn without a browser at twice its size in SVG units. */
export async function chartImage(chart: Chart, width = 640, height = 400): Promise<Image> {
  return await rasterise(chartSvg(chart, width, height), 2);
}

/**
 * The chart as a web page that opens from disk and needs no network; where the Plotly script is not
 * beside it, it shows the picture.
 *
 * @param chart The chart.
 * @param picture Address of its PNG, relative to the page.
 */
export function chartHtml(chart: Chart, picture: string): string {
  const { data, layout } = plotlyFigure(chart);
  const json = (value: unknown) => JSON.stringify(value).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escapeXml(chart.title)}</title>
<script src="${PLOTLY}"></script>
</head>
<body style="margin:0">
<div id="figure" style="width:100vw;height:100vh"><img src="${
    escapeXml(picture)
  }" alt="" style="max-width:100%"></div>
<script>
if (window.Plotly) {
document.querySelector("img").remove();
Plotly.newPlot("figure", ${json(data)}, ${json(layout)}, {responsive: true, displaylogo: false});
}
</script>
</body>
</html>
`;
}

/** The figure of a page that {@linkcode chartHtml} made; undefined of any other page. */
export function figureOfHtml(html: string): PlotlyFigure | undefined {
  const [, json] = /^Plotly\.newPlot\("figure", (.*), \{responsive: true/m.exec(html) ?? [];
  if (json === undefined) return undefined;
  const [data, layout] = JSON.parse(`[${json}]`);
  return { data, layout };
}

/**
 * Writes `<name>.html` and `<name>.png` into a folder, and once per folder the Plotly script that
 * its pages share.
 *
 * @returns The paths of the page and of the picture.
 */
export async function writeFigure(
  folder: string,
  name: string,
  chart: Chart,
): Promise<{ html: string; png: string }> {
  await copyPlotly(folder);
  const html = `${folder}/${name}.html`, png = `${folder}/${name}.png`;
  await writeAtomic(html, chartHtml(chart, `${name}.png`));
  await writeAtomic(png, encodePng(await chartImage(chart)));
  return { html, png };
}

/** Puts the Plotly script into a folder, `plotly.min.js`, unless it is there. */
export async function copyPlotly(folder: string): Promise<void> {
  const script = new URL(import.meta.resolve(`plotly.js-dist-min/${PLOTLY}`));
  const target = `${folder}/${PLOTLY}`;
  const size = (path: string | URL) => Deno.stat(path).then((s) => s.size, () => -1);
  if (await size(target) !== await size(script)) {
    await writeAtomic(target, await Deno.readFile(script));
  }
}
