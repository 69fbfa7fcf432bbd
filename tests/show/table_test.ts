import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  csvTable,
  type Estimate,
  markdownTable,
  type Table,
  type TableRow,
  terminalTable,
} from "../../lib/show/table.ts";

const e = (mean: number): Estimate => ({
  mean,
  se: 0.0042,
  ci95: [mean - 0.01, mean + 0.01],
  n: 8,
});
const row = (id: string, text: number, oracle?: number): TableRow => ({
  id,
  method: "finestyle",
  placement: id === "muse" ? "none" : "cross-kv",
  dataScaling: true,
  text: e(text),
  style: e(0.7),
  harmonic: e(0.6),
  leakage: e(0.1),
  ...(oracle === undefined ? {} : { oracle: e(oracle) }),
  trainableParameters: id === "muse" ? 0 : 12345,
  tuneSeconds: 1.25,
  sampleSeconds: 0.5,
});
const table: Table = {
  schema: "finestyle.table/1",
  model: "emoji-64",
  engine: "onnxruntime",
  preset: "quick",
  seed: 0,
  styles: ["engraving"],
  prompts: 8,
  imagesPerPrompt: 1,
  rows: [row("muse", 0.512), row("finestyle", -0.05, 0.8)],
};

Deno.test("terminalTable() writes `mean ±se` and lines the columns up", () => {
  const lines = terminalTable(table).split("\n");
  assertEquals(lines.length, 4);
  assertStringIncludes(lines[2]!, "0.512 ±0.004");
  assertEquals(new Set(lines.map((l) => l.length)).size, 1);
  assertStringIncludes(lines[3]!, "12,345");
});

Deno.test("markdownTable() gives every row the header's cells", () => {
  const lines = markdownTable(table).trimEnd().split("\n");
  assertEquals(new Set(lines.map((l) => l.split("|").length)).size, 1);
  assertStringIncludes(lines[1]!, "-:");
  assertStringIncludes(lines[2]!, "  - |"); // no oracle
});

Deno.test("csvTable() keeps full precision and leaves missing estimates empty", () => {
  const [header, muse, fine] = csvTable(table).trimEnd().split("\n").map((l) => l.split(","));
  assertEquals(muse!.length, header!.length);
  assertEquals(fine![header!.indexOf("text_se")], "0.0042");
  assertEquals(muse![header!.indexOf("oracle_mean")], "");
  assertEquals(fine![header!.indexOf("oracle_mean")], "0.8");
  assertEquals(fine![header!.indexOf("leakage_n")], "8");
});
