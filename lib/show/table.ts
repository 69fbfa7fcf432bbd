import { escapeXml } from "./raster.ts";

/** A mean with its standard error, 95 % interval and the number of values behind it. */
export interface Estimate {
  readonly mean: number;
  readonly se: number;
  readonly ci95: readonly [number, number];
  readonly n: number;
}

/** One method of a table; cosines are raw (-1 to 1), rates are shares (0 to 1). */
export interface TableRow {
  /** `muse`, `styledrop`, `finestyle`, `finestyle-no-scaling`, `finestyle-<placement>`... */
  readonly id: string;
  readonly method: string;
  /** Where the adapters sit; "none" for a method without adapters. */
  readonly placement: string;
  readonly dataScaling: boolean;
  /** cos(image, prompt), higher is better. */
  readonly text: Estimate;
  /** cos(image, reference), higher is better, but leaked content raises it too. */
  readonly style: Estimate;
  /** Harmonic mean of the two. */
  readonly harmonic: Estimate;
  /** Share of the unwanted concepts that the judge finds, lower is better. */
  readonly leakage: Estimate;
  /** Judge-cosine excess of the unwanted concepts over the untuned model, lower is better. */
  readonly leakageClip?: Estimate;
  /** Share of the reference's tokens copied, less the untuned model's, lower is better. */
  readonly tokenCopy?: Estimate;
  /** cos(image, exact rendering of the prompt), higher is better; EmojiWorld only. */
  readonly oracle?: Estimate;
  /** Share of the prompt's concepts that the judge finds, higher is better; EmojiWorld only. */
  readonly drawn?: Estimate;
  /** Share of images whose style the judge names rightly, higher is better; EmojiWorld only. */
  readonly styleNamed?: Estimate;
  readonly trainableParameters: number;
  /** Seconds of tuning per reference. */
  readonly tuneSeconds: number;
  /** Seconds per generated image. */
  readonly sampleSeconds: number;
}

/** The content of `table.json`. */
export interface Table {
  readonly schema: "finestyle.table/1";
  readonly model: string;
  readonly engine: string;
  readonly preset: string;
  readonly seed: number;
  readonly styles: readonly string[];
  /** Prompts per style. */
  readonly prompts: number;
  readonly imagesPerPrompt: number;
  readonly rows: readonly TableRow[];
}

interface Column {
  readonly header: string;
  readonly left?: boolean;
  cell(row: TableRow): string;
}

const estimate = (e: Estimate | undefined): string =>
  e ? `${e.mean.toFixed(3)} ±${e.se.toFixed(3)}` : "-";

const SCORES: readonly Column[] = [
  { header: "method", left: true, cell: (r) => r.id },
  { header: "Text cos ↑", cell: (r) => estimate(r.text) },
  { header: "Style cos ↑", cell: (r) => estimate(r.style) },
  { header: "Harmonic ↑", cell: (r) => estimate(r.harmonic) },
  { header: "Leakage rate ↓", cell: (r) => estimate(r.leakage) },
  { header: "Oracle cos ↑", cell: (r) => estimate(r.oracle) },
];
// Beside the terminal's width; a terminal shows the first and the last columns.
const MORE: readonly Column[] = [
  { header: "Drawn rate ↑", cell: (r) => estimate(r.drawn) },
  { header: "Style named ↑", cell: (r) => estimate(r.styleNamed) },
  { header: "CLIP excess ↓", cell: (r) => estimate(r.leakageClip) },
  { header: "Token copy ↓", cell: (r) => estimate(r.tokenCopy) },
];
const COSTS: readonly Column[] = [
  { header: "parameters", cell: (r) => r.trainableParameters.toLocaleString("en-US") },
  { header: "tune s", cell: (r) => r.tuneSeconds.toFixed(1) },
  { header: "image s", cell: (r) => r.sampleSeconds.toFixed(2) },
];

/**
 * Lines of cells padded to equal column widths, two spaces apart.
 *
 * @param rows Cells, the header first.
 * @param left Whether a column is aligned left; numbers stand right.
 */
export function alignCells(rows: readonly (readonly string[])[], left: readonly boolean[]): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((r) => r[c]!.length)));
  return rows.map((row) =>
    row.map((cell, c) => left[c] ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))
      .join("  ").trimEnd()
  ).join("\n");
}

const cells = (table: Table, columns: readonly Column[]): string[][] => [
  columns.map((c) => c.header),
  ...table.rows.map((row) => columns.map((c) => c.cell(row))),
];
const leftOf = (columns: readonly Column[]) => columns.map((c) => c.left ?? false);

/** The table for a terminal: aligned columns of `mean ±standard error`. */
export function terminalTable(table: Table): string {
  const columns = [...SCORES, ...COSTS];
  const [header = [], ...rows] = cells(table, columns);
  const rule = header.map((_, c) =>
    "-".repeat(Math.max(header[c]!.length, ...rows.map((r) => r[c]!.length)))
  );
  return alignCells([header, rule, ...rows], leftOf(columns));
}

/** Cells, the header first, and which columns are words and stand left. */
export interface Cells {
  readonly rows: readonly (readonly string[])[];
  readonly left: readonly boolean[];
}

/** The cells of all the table's measures, estimates as `mean ±standard error`. */
export function tableCells(table: Table): Cells {
  const columns = [...SCORES, ...MORE, ...COSTS];
  return { rows: cells(table, columns), left: leftOf(columns) };
}

/** The table with all its measures in GitHub-flavoured Markdown, aligned in its source too. */
export function markdownTable(table: Table): string {
  const { rows, left } = tableCells(table);
  return markdownRows(rows, left);
}

/** Any cells as an HTML table, escaped. */
export function htmlTable({ rows, left }: Cells): string {
  const line = (row: readonly string[], tag: "th" | "td") =>
    `<tr>${
      row.map((cell, c) =>
        `<${tag}${left[c] ? ' style="text-align:left"' : ""}>${escapeXml(cell)}</${tag}>`
      ).join("")
    }</tr>`;
  const [header = [], ...body] = rows;
  return `<table>\n<thead>${line(header, "th")}</thead>\n<tbody>\n` +
    `${body.map((row) => line(row, "td")).join("\n")}\n</tbody>\n</table>`;
}

/** Any cells, the header first, as a Markdown table. */
export function markdownRows(
  rows: readonly (readonly string[])[],
  left: readonly boolean[],
): string {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(3, ...rows.map((r) => r[c]!.length)));
  const line = (row: readonly string[]) =>
    `| ${
      row.map((cell, c) => left[c] ? cell.padEnd(widths[c]!) : cell.padStart(widths[c]!))
        .join(" | ")
    } |`;
  const rule = widths.map((w, c) => left[c] ? "-".repeat(w) : `${"-".repeat(w - 1)}:`);
  const [header = [], ...body] = rows;
  return [line(header), `| ${rule.join(" | ")} |`, ...body.map(line)].join("\n") + "\n";
}

const ESTIMATES = [
  "text",
  "style",
  "harmonic",
  "leakage",
  "leakageClip",
  "tokenCopy",
  "oracle",
  "drawn",
  "styleNamed",
] as const;

/** The table as CSV: each estimate in five columns (mean, se, low, high, n), full precision. */
export function csvTable(table: Table): string {
  const header = [
    "id",
    "method",
    "placement",
    "dataScaling",
    ...ESTIMATES.flatMap((e) =>
      ["mean", "se", "ci95_low", "ci95_high", "n"].map((p) => `${e}_${p}`)
    ),
    "trainableParameters",
    "tuneSeconds",
    "sampleSeconds",
  ];
  const rows: (string | number | boolean)[][] = table.rows.map((r) => [
    r.id,
    r.method,
    r.placement,
    r.dataScaling,
    ...ESTIMATES.flatMap((key): (string | number)[] => {
      const e = r[key];
      return e ? [e.mean, e.se, e.ci95[0], e.ci95[1], e.n] : ["", "", "", "", ""];
    }),
    r.trainableParameters,
    r.tuneSeconds,
    r.sampleSeconds,
  ]);
  return [header, ...rows].map((row: (string | number | boolean)[]) => row.map(csvCell).join(","))
    .join("\n") + "\n";
}

function csvCell(value: string | number | boolean): string {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A difference with its sign and three decimals. */
export function signed(x: number): string {
  return `${x < 0 ? "-" : "+"}${Math.abs(x).toFixed(3)}`;
}
