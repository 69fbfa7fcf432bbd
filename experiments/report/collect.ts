import { readJson } from "../../lib/io/files.ts";
import type { PlotlyFigure } from "../../lib/show/figure.ts";
import { figureOfHtml } from "../../lib/show/figure_files.ts";
import { benchCells, type Timing } from "../bench/report.ts";
import { filesBelow } from "../study/run_folder.ts";
import type { Section } from "./sections.ts";
import { type ReportTable, tablesOf } from "./tables.ts";

/** A picture of the results. */
export interface Picture {
  /** Relative to the folder of the results. */
  readonly path: string;
  readonly title: string;
  /** The figure that it is a picture of, where its page stands beside it. */
  readonly chart?: PlotlyFigure;
}

/** What a section has to show. */
export interface Collected {
  readonly section: Section;
  /** Whether there is anything. */
  readonly found: boolean;
  readonly tables: readonly ReportTable[];
  readonly figures: readonly Picture[];
  /** Contact sheets. */
  readonly sheets: readonly Picture[];
  /** Markdown files, relative to the folder of the results. */
  readonly texts: readonly string[];
}

/** Settings and hashes: no tables to read, nor are the cells that a run goes on from. */
const UNREAD = new Set(["config.json", "manifest.json"]);
const SINGLE_IMAGE = /(^|[/-])\d+\.png$/;

/**
 * What stands in the folder of a section.
 *
 * @param results The folder of all results.
 * @throws {SyntaxError} if a file there is not what its name says
 */
export async function collect(results: string, section: Section): Promise<Collected> {
  const paths = await pathsOf(results, section.path);
  const pictures: Picture[] = [];
  for (const path of paths) {
    if (path.endsWith(".png") && !SINGLE_IMAGE.test(path)) {
      pictures.push(await pictureAt(results, section.path, path));
    }
  }
  const isFigure = ({ path, chart }: Picture) =>
    chart !== undefined || path.includes("/figures/") ||
    (section.figures === true && !path.includes("/images/"));
  const first = (path: string) => path.endsWith("/table.json") ? 0 : 1;
  const found = paths.length > 0;
  const own = found ? await section.tables?.(results) : [];
  const ordered = paths.toSorted((a, b) => first(a) - first(b));
  return {
    ...{ section, found },
    tables: [...own ?? [], ...await tablesAt(results, section.path, ordered)],
    figures: pictures.filter(isFigure),
    sheets: pictures.filter((picture) => !isFigure(picture))
      .toSorted((a, b) => sheetRank(a) - sheetRank(b)),
    texts: paths.filter((path) => path.endsWith(".md")),
  };
}

/** What the methods drew comes before what they were given. */
function sheetRank({ path }: Picture): number {
  return path.endsWith("/sheet.png") ? 0 : path.endsWith("/concepts.png") ? 2 : 1;
}

/** The files of a section's folder, or its one file, relative to the folder of all results. */
async function pathsOf(results: string, path: string): Promise<string[]> {
  if (!/\.\w+$/.test(path)) {
    return (await filesBelow(`${results}/${path}`)).map((file) => `${path}/${file}`);
  }
  const exists = await Deno.stat(`${results}/${path}`).then(({ isFile }) => isFile, () => false);
  return exists ? [path] : [];
}

async function tablesAt(
  results: string,
  folder: string,
  paths: readonly string[],
): Promise<ReportTable[]> {
  const tables: ReportTable[] = [];
  for (const path of paths) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (path.includes("/cells/") || UNREAD.has(name)) continue;
    if (name.endsWith(".json")) {
      const title = titleOf(path === folder ? name : path.slice(folder.length + 1));
      tables.push(...tablesOf(title, await readJson(`${results}/${path}`)));
    } else if (name === "bench.jsonl") {
      tables.push(await benchTable(`${results}/${path}`));
    }
  }
  return tables;
}

async function benchTable(path: string): Promise<ReportTable> {
  const lines = (await Deno.readTextFile(path)).trim().split("\n");
  const rows = benchCells(parsed(path, () => lines.map((line): Timing => JSON.parse(line))));
  return { caption: "medians", rows, left: rows[0]!.map((_, i) => i === 0) };
}

async function pictureAt(results: string, folder: string, path: string): Promise<Picture> {
  const page = `${results}/${path.replace(/\.png$/, ".html")}`;
  const html = await Deno.readTextFile(page).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const chart = html === undefined ? undefined : parsed(page, () => figureOfHtml(html));
  const title = chart?.layout.title as { text?: unknown } | undefined;
  const own = typeof title?.text === "string" ? title.text : undefined;
  return { path, title: own ?? titleOf(path.slice(folder.length + 1)), ...(chart && { chart }) };
}

function parsed<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new SyntaxError(`Cannot read "${path}": not JSON: ${(error as Error).message}`);
  }
}

/** `images/watercolor-painting/sheet.png` as "watercolor painting: sheet". */
function titleOf(path: string): string {
  return path.replace(/\.[a-z]+$/, "").split("/")
    .filter((part) => part !== "images" && part !== "figures")
    .map((part) => part.replaceAll(/[-_]/g, " ")).join(": ");
}
