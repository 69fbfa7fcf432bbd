import { assert, assertEquals } from "@std/assert";
import { COMPARISON, comparison } from "../../experiments/comparison.ts";
import { TRUTH } from "../../experiments/recipe/drawings.ts";
import { methodsNamed } from "../../experiments/study/methods.ts";
import { unwantedConcepts } from "../../experiments/study/unwanted.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { evaluationPrompts, HELD_OUT_STYLES, referenceScene } from "../../lib/world/mod.ts";
import { tinyMuse } from "./tiny_muse.ts";
import { tinyRecipe } from "./tiny_recipe.ts";
import { TINY_CONFIG } from "./tiny_study.ts";

await useEngine("wasm");

Deno.test("comparison takes every system of the CLIP table once, FineStyle last", () => {
  const ids = COMPARISON.methods(TINY_CONFIG).map(({ method }) => method.id);
  assertEquals(ids, ["muse", "styledrop", "stylealigned", "ipadapter", "finestyle"]);
  assertEquals(COMPARISON.styles.filter((style) => HELD_OUT_STYLES.includes(style)).length, 5);
});

Deno.test("comparison() shows every system, and what of the reference nobody asked for", async () => {
  const muse = tinyMuse();
  const ids = ["muse", "styledrop", "stylealigned", "finestyle"];
  const base = await tinyRecipe(muse, { prompts: 2, imagesPerPrompt: 1 });
  const options = { ...base, methods: methodsNamed(base.config, ids) };
  const { lists, sheets, figures, tables } = await comparison(options);
  assertEquals((lists.rows as { id: string }[]).map(({ id }) => id), ids);
  assertEquals(tables[0]!.rows.map(([id]) => id), ["method", ...ids]);

  const [prompt] = evaluationPrompts("sticker", 2, base.seed);
  const unwanted = unwantedConcepts(referenceScene("sticker"), prompt!).map((c) => c.phrase);
  const { columns, rows } = sheets.sheet;
  assertEquals(columns, ["reference", TRUTH, ...ids, "Unwanted concepts"]);
  const last = rows[0]!.images.at(-1);
  assert(
    typeof last === "string" && last.startsWith(`${unwanted.join(", ")}.\nFound by`),
    `${last}`,
  );
  // what stands below a picture stands in the last column too
  for (const [i, id] of ids.entries()) {
    const note = rows[0]!.notes![2 + i];
    assertEquals(last.includes(`${id}: ${note}`), note !== "", id);
  }
  type Row = { reference: string; method: string; leakage: { n: number } };
  const sneaker = lists["sneaker"] as Row[];
  assertEquals(sneaker.map(({ method }) => method), [
    ...["styledrop", "finestyle", TRUTH],
    ...["styledrop", "finestyle", TRUTH],
  ]);
  assertEquals(sneaker.map(({ leakage }) => leakage.n), Array(6).fill(4));
  assertEquals(sheets["sneaker"]!.rows[0]!.images.length, 2 + 2 * 4);
  assertEquals(Object.keys(figures), ["leakage-oracle", "leakage", "oracle", "sneaker"]);
  muse.dispose();
});
