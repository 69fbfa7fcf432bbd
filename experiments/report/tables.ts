import { type Cells, type Table, tableCells } from "../../lib/show/table.ts";

/** A table of the report. */
export interface ReportTable extends Cells {
  /** What it is, in words. */
  readonly caption: string;
}

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/**
 * The tables in a file of results, whatever study wrote it: every list of objects is one, with a
 * column per key. An estimate, `{mean, ci95}`, is one cell with its interval.
 *
 * @param name What the tables are called, with what else the file says about them.
 * @param value The parsed file.
 */
export function tablesOf(name: string, value: unknown): ReportTable[] {
  return tablesIn(name, value as Json);
}

function tablesIn(name: string, value: Json): ReportTable[] {
  if (isObject(value) && value.schema === "finestyle.table/1") {
    return [{ caption: captionOf(name, value), ...tableCells(value as unknown as Table) }];
  }
  if (isObject(value) && value.schema === "finestyle.score_validation/1") {
    const { schema: _, ...rest } = value;
    return [...failedChecks(value), ...tablesIn(name, rest)];
  }
  if (isRows(value)) {
    return value.some((row) => Object.values(row).some(isRows))
      ? value.flatMap((part) => tablesIn(nameOf(part, name), part))
      : [{ caption: name, ...cellsOf(value) }];
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const plain = isObject(inner) && !isEstimate(inner);
    const title = key === "rows" ? captionOf(name, value) : `${name}: ${words(key)}`;
    return tablesIn(title, plain ? [inner] : inner);
  });
}

/** The checks of all sections that do not hold: what a reader must know first. */
function failedChecks({ sections }: JsonObject): ReportTable[] {
  const all = isRows(sections)
    ? sections.flatMap(({ checks }) => isRows(checks) ? checks : [])
    : [];
  const failed = all.filter(({ holds }) => holds === false).map(({ holds: _, ...check }) => check);
  const caption = `What does not hold: ${failed.length} of ${all.length} checks`;
  return failed.length === 0 ? [] : [{ caption, ...cellsOf(failed) }];
}

const UNSAID = new Set(["schema", "title", "verdict"]);

/** The name, its verdict, and the plain values that stand beside the rows: model, seed, styles. */
function captionOf(name: string, value: JsonObject): string {
  const facts = Object.entries(value).flatMap(([key, fact]) => {
    if (UNSAID.has(key) || isRows(fact) || isObject(fact)) return [];
    const list = Array.isArray(fact) && fact.length > 2;
    return [list ? `${fact.length} ${words(key)}` : `${words(key)} ${cellOf(fact)}`];
  });
  const said = facts.length === 0 ? name : `${name} (${facts.join(", ")})`;
  return typeof value.verdict === "string" ? `${said}. ${value.verdict}` : said;
}

/** What a part of a list calls itself. */
function nameOf(part: JsonObject, name: string): string {
  const own = part.title ?? part.name ?? part.id;
  return typeof own === "string" ? own : name;
}

function cellsOf(rows: readonly JsonObject[]): Cells {
  const flat = rows.map((row) => flattened(row));
  const keys = [...new Set(flat.flatMap((row) => Object.keys(row)))];
  const digits = new Map(keys.map((key) => [key, decimalsOf(flat.map((row) => row[key]))]));
  const cell = (value: Json | undefined, key: string) =>
    typeof value === "number" ? number(value, digits.get(key)) : cellOf(value);
  return {
    rows: [keys.map(words), ...flat.map((row) => keys.map((key) => cell(row[key], key)))],
    left: keys.map((key) => flat.some((row) => typeof row[key] === "string")),
  };
}

/** Objects inside a row become columns of their own, unless they are estimates. */
function flattened(row: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(row).flatMap(([key, value]) =>
      isObject(value) && !isEstimate(value)
        ? Object.entries(flattened(value)).map(([inner, v]) => [`${key} ${inner}`, v])
        : [[key, value]]
    ),
  );
}

function cellOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "-";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return number(value);
  if (typeof value === "string") return value;
  if (isEstimate(value)) {
    const corrected = typeof value.pHolm === "number" ? ` (${number(value.pHolm, 3)} by Holm)` : "";
    const p = typeof value.p === "number" ? `, p ${number(value.p, 3)}${corrected}` : "";
    const decimals = Math.abs(value.mean) < 100 ? 3 : 1;
    return `${number(value.mean, decimals)} [${
      value.ci95.map((end) => number(end, decimals)).join(", ")
    }]${p}`;
  }
  if (isInterval(value)) return value.map((v) => number(v, 3)).join(" to ");
  return Array.isArray(value) ? value.map(cellOf).join(", ") : JSON.stringify(value);
}

/** Decimals that suit all the numbers of a column: as many as they have, three at most. */
function decimalsOf(values: readonly (Json | undefined)[]): number {
  const numbers = values.filter((value) => typeof value === "number");
  const most = numbers.some((value) => Math.abs(value) >= 1000) ? 1 : 3;
  const own = numbers.map((value) => String(value).split(".")[1]?.length ?? 0);
  return Math.min(most, Math.max(0, ...own));
}

function number(value: number, decimals = decimalsOf([value])): string {
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return value.toLocaleString("en-US", digits);
}

/** `trainableParameters` as "trainable parameters". */
function words(key: string): string {
  if (key === "ci95") return "95 % interval";
  return key.replaceAll(/[A-Z](?=[a-z])/g, (letter) => ` ${letter.toLowerCase()}`);
}

type Interval = readonly [number, number];

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isRows(value: Json | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}

function isInterval(value: Json | undefined): value is Interval {
  return Array.isArray(value) && value.length === 2 && value.every((v) => typeof v === "number");
}

function isEstimate(
  value: Json | undefined,
): value is JsonObject & { readonly mean: number; readonly ci95: Interval } {
  return isObject(value) && typeof value.mean === "number" && isInterval(value.ci95);
}
