import { assert, assertEquals } from "@std/assert";
import { REFERENCE_VARIATION, referenceVariation } from "../../experiments/reference_variation.ts";
import { SWITCHES, variantsOf } from "../../experiments/reference_variation/variants.ts";
import { TRUTH } from "../../experiments/recipe/drawings.ts";
import { recipeWork } from "../../experiments/recipe/recipe.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { captionOf, referenceScene } from "../../lib/world/mod.ts";
import { tinyMuse } from "./tiny_muse.ts";
import { tinyRecipe } from "./tiny_recipe.ts";

await useEngine("wasm");

Deno.test("variantsOf() takes out one concept at a time, then all", () => {
  const captions = variantsOf(referenceScene("sticker")).map(({ name, scene }) =>
    `${name}: ${captionOf(scene)}`
  );
  const style = "in sticker style", object = "to the right of a sailboat";
  assertEquals(captions, [
    `whole: an octopus ${object} on a striped green background with snowflakes, ${style}`,
    `no object: an octopus on a striped green background with snowflakes, ${style}`,
    `no decoration: an octopus ${object} on a striped green background, ${style}`,
    `no pattern: an octopus ${object} on a green background with snowflakes, ${style}`,
    `subject alone: an octopus on a green background, ${style}`,
  ]);
});

Deno.test("referenceVariation() compares each concept in the reference and in the words", async () => {
  const muse = tinyMuse();
  let units = 0;
  const options = {
    ...await tinyRecipe(muse, { prompts: 2, imagesPerPrompt: 1 }),
    onWork: (done: number) => {
      units += done;
    },
  };
  const { lists, sheets, figures, tables } = await referenceVariation(options);
  assertEquals(units, recipeWork(REFERENCE_VARIATION, options));
  type Row = {
    concept: string;
    method: string;
    on: { mean: number; n: number };
    off: { mean: number };
    difference: { mean: number };
    closer: { mean: number };
  };
  const exact = (list: string) => (lists[list] as Row[]).filter(({ method }) => method === TRUTH);
  for (const { on, off, difference } of lists.rows as Row[]) {
    assert(Math.abs(on.mean - off.mean - difference.mean) < 1e-12);
    assertEquals(on.n, 2);
  }
  assertEquals(exact("rows").map(({ concept }) => concept), [...SWITCHES]);
  assertEquals(exact("rows").map(({ difference }) => difference.mean), [0, 0, 0]); // the same pictures
  assertEquals(exact("rows").map(({ closer }) => closer.mean), [0, 0, 0]);
  const pattern = exact("words").find(({ concept }) => concept === "pattern")!; // told by pixels
  assertEquals([pattern.on.mean, pattern.off.mean], [1, 0]);
  assertEquals(lists["quality"]!.length, 5 * 4);
  assertEquals(tables.length, 2 + 4);
  assertEquals(sheets.sheet.rows.length, 1 + 5);
  assertEquals(sheets["words"]!.rows.length, 5);
  assertEquals(Object.keys(figures), [
    "leakage",
    "leakage-closeness",
    "words",
    "style-named",
    "oracle",
  ]);
  muse.dispose();
});
