import { escapeXml } from "../../lib/show/raster.ts";
import { htmlTable } from "../../lib/show/table.ts";
import type { Collected, Picture } from "./collect.ts";
import { SCRIPT, STYLE } from "./page_parts.ts";
import type { ReportTable } from "./tables.ts";

/** Rows of a table that stand open; longer ones unfold. */
const OPEN_ROWS = 16;

/**
 * The report as one page.
 *
 * @param parts What each section has to show; one that has nothing names the command that makes it.
 * @param toResults The way from the page's folder to that of the results, such as `.` or `../results`.
 * @param plotly Address of the Plotly script; without it the pictures stand in for the figures.
 */
export function reportPage(
  parts: readonly Collected[],
  toResults: string,
  plotly = "plotly.min.js",
): string {
  const figures = new Map<string, unknown>();
  const body = parts.map((part) => sectionHtml(part, toResults, figures)).join("\n");
  const charts = JSON.stringify(Object.fromEntries(figures)).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>FineStyle: results</title>
<style>${STYLE}</style>
</head>
<body>
<nav aria-label="Contents">
<strong>FineStyle: results</strong>
<ol>
${parts.map(contentsLine).join("\n")}
</ol>
</nav>
<main>
<h1>FineStyle: results</h1>
<p>What stands in <code>results/</code>, as the commands wrote it. Intervals in brackets are 95 %,
and ± is the standard error. Figures answer to the pointer; every sheet opens in full.</p>
${body}
</main>
<script type="application/json" id="charts">${charts}</script>
<script src="${escapeXml(plotly)}"></script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

const idOf = ({ section }: Collected) => section.path.replace(/\.\w+$/, "");

function contentsLine(part: Collected): string {
  const missing = part.found ? "" : ' class="missing"';
  return `<li${missing}><a href="#${idOf(part)}">${escapeXml(part.section.title)}</a></li>`;
}

function sectionHtml(part: Collected, toResults: string, figures: Map<string, unknown>): string {
  const { section, found, tables, texts, sheets } = part;
  const at = (path: string) => address(toResults, path);
  const content = found
    ? [
      ...[...tables, ...(section.beside ?? [])].map(tableHtml),
      gridHtml(part.figures.map((picture) => figureHtml(picture, at(picture.path), figures))),
      ...sheetsHtml(sheets, at),
      textsHtml(texts, at),
    ]
    : [
      `<p class="missing">Nothing here yet. <code>${
        escapeXml(section.command)
      }</code> makes it.</p>`,
      ...(section.beside ?? []).map(tableHtml),
    ];
  return [
    `<section id="${idOf(part)}">`,
    `<h2>${escapeXml(section.title)}</h2>`,
    `<p>${escapeXml(section.about)}</p>`,
    ...(found ? [`<p class="command"><code>${escapeXml(section.command)}</code></p>`] : []),
    ...content.filter((html) => html !== ""),
    "</section>",
  ].join("\n");
}

function tableHtml(table: ReportTable): string {
  const html = `<div class="scroll">${htmlTable(table)}</div>`;
  const caption = escapeXml(table.caption);
  const rows = table.rows.length - 1;
  return rows > OPEN_ROWS
    ? `<details><summary>${caption}: ${rows} rows</summary>\n${html}\n</details>`
    : `<p class="caption">${caption}</p>\n${html}`;
}

function gridHtml(cells: readonly string[]): string {
  return cells.length === 0 ? "" : `<div class="grid">\n${cells.join("\n")}\n</div>`;
}

/** A picture, which the script replaces by the figure where it can. */
function figureHtml(
  { path, title, chart }: Picture,
  source: string,
  figures: Map<string, unknown>,
): string {
  if (chart) figures.set(path, { ...chart, layout: { ...chart.layout, title: undefined } });
  const name = chart ? ` data-chart="${escapeXml(path)}"` : "";
  const caption = chart ? `<figcaption>${escapeXml(title)}</figcaption>` : ""; // a picture has its own
  return `<figure>${caption}<div class="plot"${name}>${imageHtml(source, title)}</div></figure>`;
}

function imageHtml(source: string, title: string): string {
  return `<img src="${source}" alt="${escapeXml(title)}" loading="lazy">`;
}

/** The first sheet open, the others to unfold. */
function sheetsHtml(sheets: readonly Picture[], at: (path: string) => string): string[] {
  return sheets.map(({ path, title }, i) => {
    const source = at(path);
    const image = `<a href="${source}">${imageHtml(source, title)}</a>`;
    return `<details class="sheet"${i === 0 ? " open" : ""}>` +
      `<summary>${escapeXml(title)}</summary>\n${image}\n</details>`;
  });
}

function textsHtml(texts: readonly string[], at: (path: string) => string): string {
  if (texts.length === 0) return "";
  const links = texts.map((path) => `<a href="${at(path)}">${escapeXml(path)}</a>`);
  return `<p class="caption">As text: ${links.join(", ")}</p>`;
}

/** A relative address, each part of the path escaped. */
function address(toResults: string, path: string): string {
  return [...toResults.split("/"), ...path.split("/")].map(encodeURIComponent).join("/");
}
