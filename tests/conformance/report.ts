/**
 * The results of tfjs-core's tests as text.
 *
 * @module
 */
import type { Judged, Verdict } from "./verdict.ts";

const COLUMNS: readonly (readonly [Verdict, string])[] = [
  ["passed", "passed"],
  ["failed", "failed"],
  ["skipped", "skipped"],
  ["checked", "no kernel called"],
];

function count(specs: readonly Judged[], verdict: Verdict): number {
  return specs.filter((spec) => spec.verdict === verdict).length;
}

/** Reasons of skipped tests with their number, the most frequent first. */
function reasons(specs: readonly Judged[]): string {
  const numbers = new Map<string, number>();
  for (const { verdict, reason } of specs) {
    if (verdict === "skipped") numbers.set(reason, (numbers.get(reason) ?? 0) + 1);
  }
  return [...numbers]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, number]) => (number > 1 ? `${reason} (${number})` : reason))
    .join(", ");
}

/** Lines of a table: texts stand left, numbers right under their header. */
function table(rows: readonly (readonly (string | number)[])[]): string {
  const width = (i: number) => Math.max(...rows.map((row) => String(row[i]).length));
  const widths = rows[0]!.map((_, i) => width(i));
  const isNumber = widths.map((_, i) => typeof rows[1]![i] === "number");
  return rows.map((row) =>
    row.map((cell, i) =>
      isNumber[i] ? String(cell).padStart(widths[i]!) : String(cell).padEnd(widths[i]!)
    ).join("  ").trimEnd()
  ).join("\n");
}

/** One row per file of tests: how many of its tests passed, failed and were skipped, and why. */
export function suiteTable(specs: readonly Judged[]): string {
  const header = ["suite", ...COLUMNS.map(([, title]) => title), "skipped because"];
  const suites = [...new Set(specs.map(({ suite }) => suite))];
  const rows = suites.map((suite) => {
    const tests = specs.filter((spec) => spec.suite === suite);
    return [suite, ...COLUMNS.map(([verdict]) => count(tests, verdict)), reasons(tests)];
  });
  return table([header, ...rows]);
}

/** Each registered kernel with the number of passed tests that call it; the kit's are marked. */
export function kernelList(
  specs: readonly Judged[],
  registered: readonly string[],
  wanted: readonly string[],
): string {
  const passed = specs.filter(({ verdict }) => verdict === "passed");
  const items = [...registered].sort().map((kernel) => {
    const calls = passed.filter(({ kernels }) => kernels.includes(kernel)).length;
    return `${kernel}${wanted.includes(kernel) ? "*" : ""} ${calls}`;
  });
  return `${items.length} kernels are registered, here with the passed tests that call them ` +
    `(* the kit may call it, itself or in a gradient): ${items.join(", ")}`;
}

/** The counts over all tests; the share is that of the tests that apply to the engine. */
export function totalLine(specs: readonly Judged[]): string {
  const passed = count(specs, "passed");
  const failed = count(specs, "failed");
  const share = (100 * passed / (passed + failed)).toFixed(1);
  return `conformance: ${passed} passed (${share} %), ${failed} failed, ` +
    `${count(specs, "skipped")} skipped, ${count(specs, "checked")} called no kernel`;
}
