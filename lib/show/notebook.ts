import { encodePng, type Image } from "../io/image.ts";
import { type Chart, type PlotlyFigure, plotlyFigure } from "./figure.ts";
import { chartImage } from "./figure_files.ts";
import { contactSheet, type Sheet } from "./sheet.ts";
import { htmlTable, markdownTable, type Table, tableCells, terminalTable } from "./table.ts";

/** Several forms of one output, by MIME type; the front end shows the richest that it knows. */
export type Bundle = Readonly<Record<string, unknown>>;

/** A figure that was drawn before. */
export interface DrawnFigure {
  readonly figure: PlotlyFigure;
  readonly image: Image;
}

/** What {@linkcode show} can display. */
export type Showable = Chart | DrawnFigure | Sheet | Image | Table | string;

// The kernel reports "idle" before the last message is out, and a headless run then loses it.
const SETTLE_MS = 25;

const PLOTLY = "application/vnd.plotly.v1+json";

/** The Deno notebook's own display call; absent outside a notebook. */
interface JupyterDisplay {
  display(
    bundle: Bundle,
    options: { raw: true; update?: boolean; display_id?: string },
  ): Promise<void>;
}

function jupyter(): JupyterDisplay | undefined {
  try {
    return (Deno as unknown as { jupyter?: JupyterDisplay }).jupyter;
  } catch { // the getter throws outside a notebook
    return undefined;
  }
}

/**
 * Displays a chart, a sheet, an image, a table or Markdown text below the current cell. Every output
 * carries a picture or plain text beside its interactive form, so that it also shows on static pages.
 *
 * @param what The thing to show.
 * @param options `id` with `update: true` replaces what was shown under that id.
 */
export async function show(
  what: Showable,
  options: { id?: string; update?: boolean } = {},
): Promise<void> {
  const bundle = await bundleOf(what);
  const kernel = jupyter();
  if (!kernel) return console.log(bundle["text/plain"]);
  await kernel.display(bundle, {
    raw: true,
    ...(options.update === undefined ? {} : { update: options.update }),
    ...(options.id === undefined ? {} : { display_id: options.id }),
  });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

/** The forms in which something is sent to the notebook. */
export async function bundleOf(what: Showable): Promise<Bundle> {
  if (typeof what === "string") return { "text/markdown": what, "text/plain": what };
  if ("kind" in what) {
    return { [PLOTLY]: plotlyFigure(what), ...pngOf(await chartImage(what), what.title) };
  }
  if ("figure" in what) return { [PLOTLY]: what.figure, ...pngOf(what.image, "figure") };
  if ("columns" in what) {
    return pngOf(coarse(await contactSheet(what)), what.title ?? what.columns.join(" | "));
  }
  if ("schema" in what) {
    return {
      "text/html": htmlTable(tableCells(what)),
      "text/markdown": markdownTable(what),
      "text/plain": terminalTable(what),
    };
  }
  return pngOf(coarse(what), `image ${what.width} x ${what.height}`);
}

function pngOf(image: Image, text: string): Bundle {
  return { "image/png": encodePng(image).toBase64(), "text/plain": text };
}

/**
 * The image with 32 levels per channel: decoded pictures differ in their last bits everywhere, which
 * would double the size of a notebook, and no eye sees it.
 */
function coarse(image: Image): Image {
  return { ...image, data: image.data.map((v) => (v & 0xf8) | (v >> 5)) };
}

let bars = 0;

/**
 * A progress line that is rewritten in place below the cell, at most once a second.
 *
 * @param label What is being done.
 * @param total Units of work in all.
 * @returns A function to call with the units done since its last call.
 */
export function notebookProgress(
  label: string,
  total: number,
): (units: number, note?: string) => Promise<void> {
  const id = `progress-${Date.now()}-${++bars}`;
  const started = Date.now();
  let shown = -Infinity;
  let done = 0;
  return async (units, note = label) => {
    done += units;
    if (done < total && Date.now() - shown < 1000) return;
    const update = shown > -Infinity;
    shown = Date.now(); // before the pause: calls may overlap
    const seconds = (Date.now() - started) / 1000;
    await show(progressLine(done < total ? note : label, done, total, seconds), { id, update });
  };
}

/** `label  [#####.....] 50/100  12 s, 12 s left`. */
export function progressLine(label: string, done: number, total: number, seconds: number): string {
  const filled = Math.round((20 * done) / Math.max(1, total));
  const bar = "#".repeat(filled) + ".".repeat(20 - filled);
  const left = done > 0 ? (seconds * (total - done)) / done : NaN;
  const rest = done < total && Number.isFinite(left) ? `, ${left.toFixed(0)} s left` : "";
  return `${label}  \`[${bar}]\` ${done}/${total}  ${seconds.toFixed(0)} s${rest}`;
}
