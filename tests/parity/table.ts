import type { Result } from "./components.ts";

/** The parity table in Markdown. */
export function parityTable(results: readonly Result[]): string {
  const rows = results.map(({ title, error, limit, count, reference, agrees }) => [
    title,
    count.toLocaleString("en"),
    errorText(error, limit) + (agrees ? "" : " FAILS"),
    limit === 0 ? "identical" : limit.toExponential(0),
    reference,
  ]);
  return [
    ["component", "numbers", "max relative error", "limit", "compared with"],
    ["---", "--:", "--:", "--:", "---"],
    ...rows,
  ].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function errorText(error: number, limit: number): string {
  if (error === 0) return limit === 0 ? "identical" : "0";
  return error.toExponential(1);
}
