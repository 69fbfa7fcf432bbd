import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { ablationMethods } from "../../experiments/study/methods.ts";
import { powerWords } from "../../experiments/study/comparison.ts";
import { EMOJI_64_STUDY } from "../../experiments/study/presets.ts";
import {
  type CellScores,
  comparisons,
  figures,
  leakageByStyle,
  promptGroups,
  stylesCsv,
  tableRow,
  verdict,
} from "../../experiments/study/summary.ts";

const image = (prompt: number, leakage: number) => ({
  prompt,
  text: 0.3,
  style: 0.6,
  leakage,
  leakageClip: 0.01,
  tokenCopy: 0.2,
  oracle: 0.7,
  drawn: 1,
  styleNamed: 1,
  found: [],
});
const cell = (style: string, method: string, leakage: number): CellScores => ({
  style,
  method,
  trainableParameters: 100,
  tuneSeconds: 2,
  sampleSeconds: 0.5,
  images: [image(0, leakage), image(1, leakage), image(0, leakage + 0.2)],
});
const METHODS = ablationMethods(EMOJI_64_STUDY);
const styles = ["engraving", "sticker"];
const cellsOf = new Map([
  ["styledrop", styles.map((s) => cell(s, "styledrop", 0.5))],
  ["finestyle", styles.map((s) => cell(s, "finestyle", 0.1))],
]);

Deno.test("promptGroups() keeps prompts of different styles apart", () => {
  assertEquals(promptGroups(cellsOf.get("styledrop")!, (i) => i.leakage), [
    [0.5, 0.7],
    [0.5],
    [0.5, 0.7],
    [0.5],
  ]);
});

Deno.test("tableRow() averages over prompts and names the placement", () => {
  const row = tableRow(METHODS[1]!, cellsOf.get("styledrop")!, 0);
  assertAlmostEquals(row.leakage.mean, 0.55); // prompts 0.6, 0.5, 0.6, 0.5
  assertEquals(row.leakage.n, 6);
  assertAlmostEquals(row.harmonic.mean, 0.4);
  assertEquals([row.placement, row.dataScaling], ["after-cross+mlp", false]);
});

Deno.test("verdict() states both leakage rates and the paired difference", () => {
  const all = comparisons(cellsOf, 0);
  assertEquals(all.length, 6);
  const rows = [
    tableRow(METHODS[1]!, cellsOf.get("styledrop")!, 0),
    tableRow(METHODS[3]!, cellsOf.get("finestyle")!, 0),
  ];
  assertStringIncludes(verdict(rows, all), "StyleDrop 55 % (difference -0.400");
  assertEquals(Object.keys(figures(rows, "quick")), ["text-style", "leakage", "oracle"]);
});

Deno.test("comparisons() correct their p values for one another, and tell what they could see", () => {
  const values = [0.1, 0.5, 0.3, 0.2];
  const varied = new Map(["finestyle", "styledrop"].map((method, m) => [
    method,
    [{
      ...cell("sticker", method, 0),
      images: values.map((value, i) => ({ ...image(i, m * value), text: 0.3 + m * i })),
    }],
  ]));
  const all = comparisons(varied, 0);
  const of = (measure: string) => all.find((c) => c.measure === measure)!;
  assertEquals([of("leakage").difference.p, of("style").difference.p], [0.125, 1]);
  assertAlmostEquals(of("leakage").difference.pHolm, 6 * 0.125);
  // spread of 0.1, 0.5, 0.3, 0.2: sqrt(0.0875 / 3)
  assertEquals(of("leakage").power!.prompts, Math.ceil(7.849 * 0.0875 / 3 / 0.05 ** 2 + 1.92));
  assertStringIncludes(powerWords(all), "leakage 0.33 (94)");
  assertEquals(powerWords(all, "muse"), "");
});

Deno.test("stylesCsv() and leakageByStyle() keep the styles apart", () => {
  const lines = stylesCsv(cellsOf, 0).trim().split("\n");
  assertEquals(lines.length, 1 + 2 * 2 * 8);
  const line = lines.find((l) => l.startsWith("sticker,finestyle,leakage,"))!;
  assertAlmostEquals(Number(line.split(",")[3]), 0.15); // prompts 0.2 and 0.1
  const chart = leakageByStyle(cellsOf, 0);
  assertEquals(chart.categories, styles);
  assertEquals(chart.series.map((s) => s.name), ["styledrop", "finestyle"]);
});

Deno.test("ablationMethods() differ in what their names say and nothing else", () => {
  const settings = (id: string) =>
    METHODS.find(({ method }) => method.id === id)!.settings as Record<string, object>;
  const { scaling, ...finestyle } = settings("finestyle");
  const { scaling: off, ...rest } = settings("finestyle-no-scaling");
  assertEquals(rest, finestyle);
  assertEquals(off, { ...scaling, mode: "none" });
  const { adapter, ...tune } = settings("finestyle").tune as { adapter: object };
  const moved = { ...adapter, placement: "self-kv" };
  assertEquals(settings("finestyle-self-kv").tune, { ...tune, adapter: moved });
});
