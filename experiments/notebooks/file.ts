/** What is read of a `.ipynb` file. */
export interface Notebook {
  readonly cells: readonly Cell[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A cell; code cells have outputs once they ran. */
export interface Cell {
  readonly cell_type: string;
  /** The lines, or the whole text. */
  readonly source: readonly string[] | string;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly execution_count?: number | null;
  readonly outputs?: readonly Output[];
}

/** What a cell showed, by MIME type, or what it printed, or the error that ended it. */
export interface Output {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly text?: unknown;
}

/** Largest committed notebook, bytes: GitHub still shows it. */
export const MAX_BYTES = 1.5e6;

const METADATA = {
  kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
  language_info: {
    name: "typescript",
    file_extension: ".ts",
    mimetype: "text/x.typescript",
  },
};

/** The text of a cell. */
export function sourceOf({ source }: Cell): string {
  return typeof source === "string" ? source : source.join("");
}

/**
 * An executed notebook as it is committed: no times, no versions of the machine, and no path of it.
 *
 * @param root The repository's folder; what stands below it is named relative to it.
 */
export function stripped(notebook: Notebook, root: string): Notebook {
  const folder = root.replace(/\/$/, "");
  const relative = (text: string) =>
    text.replaceAll(`file://${folder}/`, "").replaceAll(`${folder}/`, "");
  const cells = notebook.cells.map((cell): Cell => ({
    ...cell,
    metadata: {},
    ...(cell.outputs && { outputs: cell.outputs.map((output) => mapTexts(output, relative)) }),
  }));
  return { ...notebook, metadata: METADATA, cells };
}

/** The value with every text in it changed. */
function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === "string") return change(value) as T;
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, change)]),
  ) as T;
}

/** The notebook as Jupyter writes it. */
export function notebookText(notebook: Notebook): string {
  return JSON.stringify(notebook, null, 1) + "\n";
}

/** Paths that only one machine has. */
const MACHINE_PATH = /file:\/\/|(?<![\w.])\/(?:home|root|tmp|work|mnt|opt|Users|var)\/|[A-Z]:\\\\/;

/**
 * What must not be committed of a notebook, one sentence each: errors, outputs without a static form,
 * cells that ran out of order or lost what they show, paths of a machine, too many bytes.
 *
 * @param text The file.
 */
export function notebookFaults(text: string): string[] {
  const faults: string[] = [];
  if (text.length > MAX_BYTES) {
    faults.push(`it has ${text.length} bytes, at most ${MAX_BYTES} are wanted`);
  }
  const code = (JSON.parse(text) as Notebook).cells.map((cell, i) => ({ cell, number: i + 1 }))
    .filter(({ cell }) => cell.cell_type === "code");
  const ran = code.some(({ cell }) => hasRun(cell));
  code.forEach(({ cell, number }, i) => {
    const say = (what: string) => faults.push(`cell ${number} ${what}`);
    const outputs = cell.outputs ?? [];
    if (ran && cell.execution_count !== i + 1) say("did not run in its turn");
    if (ran && outputs.length === 0 && /^\s*await show\(/m.test(sourceOf(cell))) {
      say("lost its output");
    }
    if (outputs.some((output) => output.output_type === "error")) say("ended with an error");
    if (!outputs.every(hasStaticForm)) say("has an output without a picture or a text");
    if (machinePath(cell)) say(`names a path of one machine: ${machinePath(cell)}`);
  });
  return faults;
}

/** Whether a notebook carries outputs. */
export function hasOutputs({ cells }: Notebook): boolean {
  return cells.some(hasRun);
}

const hasRun = (cell: Cell) => typeof cell.execution_count === "number";

function hasStaticForm({ data }: Output): boolean {
  if (!data) return true; // printed text
  return "text/plain" in data &&
    (!("application/vnd.plotly.v1+json" in data) || "image/png" in data);
}

/** The first path of a machine in a cell's code or words; pictures are base 64 and have none. */
function machinePath(cell: Cell): string | undefined {
  const texts = [sourceOf(cell)];
  for (const output of cell.outputs ?? []) {
    const { "image/png": _, ...data } = output.data ?? {};
    mapTexts([output.text, data], (text) => (texts.push(text), text));
  }
  for (const text of texts) {
    const at = /data:image/.test(text) ? -1 : text.search(MACHINE_PATH);
    if (at >= 0) return text.slice(at, at + 40);
  }
}
