import { assert, assertEquals, assertRejects } from "@std/assert";
import { main, semanticDistance } from "../../experiments/semantic_distance.ts";
import { nearToFar } from "../../experiments/semantic_distance/subjects.ts";
import { TRUTH } from "../../experiments/recipe/drawings.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { UsageError } from "../../lib/show/command.ts";
import { CONCEPTS } from "../../lib/world/mod.ts";
import { COLOUR_JUDGE, tinyMuse } from "./tiny_muse.ts";
import { tinyRecipe } from "./tiny_recipe.ts";

await useEngine("wasm");

Deno.test("nearToFar() goes from the nearest to the farthest of all, without the reference's", async () => {
  const all = await nearToFar(COLOUR_JUDGE, "hibiscus", CONCEPTS.length - 1);
  assertEquals(new Set(all.map(({ subject }) => subject)).size, CONCEPTS.length - 1);
  assert(all.every(({ subject }) => subject !== "hibiscus"));
  const distances = all.map(({ distance }) => distance);
  assertEquals(distances, distances.toSorted((a, b) => a - b));
  assert(distances[0]! > 0 && distances.at(-1)! < 2);
  assertEquals(await nearToFar(COLOUR_JUDGE, "hibiscus", 3), [all[0]!, all[59]!, all[118]!]);
});

Deno.test("semanticDistance() measures every method by distance, and compares by thirds", async () => {
  const muse = tinyMuse();
  const options = await tinyRecipe(muse, { prompts: 3, imagesPerPrompt: 2 });
  const { lists, tables, sheets, figures, verdict } = await semanticDistance(options);
  const methods = ["muse", "styledrop", "finestyle", TRUTH];
  const rows = lists.rows as { method: string; distance: number; style: { n: number } }[];
  assertEquals(rows.map(({ method }) => method), [...methods, ...methods, ...methods]);
  assertEquals(rows.map(({ style }) => style.n), rows.map(() => 2));
  type Third = { subjects: string; method: string; oracle: { mean: number }; p?: number };
  const exact = (lists["thirds"] as Third[]).filter(({ method }) => method === TRUTH);
  assertEquals(exact.map(({ subjects }) => subjects), ["near", "middle", "far"]);
  assertEquals(exact.map(({ oracle }) => oracle.mean.toFixed(6)), Array(3).fill("1.000000"));
  const near = (lists["comparisons"] as Record<string, { pHolm: number }>[])[0]!;
  assert(near["oracle"]!.pHolm >= 0 && near["oracle"]!.pHolm <= 1);
  assertEquals(tables.map(({ rows }) => rows.length), [4, 4, 4, 4]);
  assertEquals(Object.keys(figures), ["style", "drawn", "leakage", "oracle"]);
  const style = figures["style"]!;
  assert(style.kind === "line" && style.series.map(({ name }) => name).includes(TRUTH));
  assertEquals(sheets.sheet.columns.length, 1 + 3);
  assertEquals(sheets.sheet.rows.map(({ caption }) => caption), [TRUTH, ...methods.slice(0, 3)]);
  assert(/; styledrop: Oracle .*; finestyle: Oracle /.test(verdict), verdict);
  muse.dispose();
});

Deno.test("semantic-distance wants a subject for each third", async () => {
  await assertRejects(() => main(["--prompts", "2"]), UsageError, "from 3 to 100");
});
