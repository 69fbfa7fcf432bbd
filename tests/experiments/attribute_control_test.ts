import { assert, assertEquals, assertThrows } from "@std/assert";
import { ATTRIBUTE_CONTROL, attributeControl } from "../../experiments/attribute_control.ts";
import {
  attributePrompts,
  distinct,
  PAIRS,
  SEVERAL,
} from "../../experiments/attribute_control/pairs.ts";
import { CLAIMS } from "../../experiments/claims/list.ts";
import { follow } from "../../experiments/claims/measure.ts";
import { type Attribute, shows, type Sight } from "../../experiments/recipe/attributes.ts";
import { TRUTH } from "../../experiments/recipe/drawings.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { HEAD_CLASSES, type Reading } from "../../lib/score/judge.ts";
import { captionOf, referenceScene, type Scene } from "../../lib/world/mod.ts";
import { tinyMuse } from "./tiny_muse.ts";
import { TINY_CONFIG } from "./tiny_study.ts";
import { tinyRecipe } from "./tiny_recipe.ts";

await useEngine("wasm");

Deno.test("attributePrompts() gives pairs that differ in their attribute alone", () => {
  const style = "sticker", reference = referenceScene(style);
  const all = attributePrompts(style, 4, 1);
  for (const { pairs, several } of all) {
    for (const [place, [a, b]] of pairs.entries()) {
      const { attribute, title } = PAIRS[place]!;
      const differing = (Object.keys({ ...a, ...b }) as (keyof Scene)[]).filter((key) =>
        a[key] !== b[key]
      );
      assertEquals(
        differing.sort(),
        attribute === "object" ? ["object", "relation"] : [attribute],
        title,
      );
      const theirs = (scene: Scene) => reference[attribute as keyof Scene] === scene[attribute];
      if (attribute !== "relation") {
        assertEquals([theirs(a), theirs(b)], [title.startsWith("reference's"), false], title);
      }
    }
    assertEquals(several.length, SEVERAL.length);
  }
  const size = { prompts: 4, imagesPerPrompt: 3 };
  const pictures = ATTRIBUTE_CONTROL.pictures({ ...TINY_CONFIG, ...size });
  assertEquals(distinct(all, captionOf).length * size.imagesPerPrompt, pictures);
});

const SCENE: Scene = {
  ...{ subject: "cat", relation: "above", object: "house", style: "sticker" },
  ...{ pattern: "dotted", colour: "red", decoration: "none" },
};

/** What is seen of a picture in which the heads are sure of these classes. */
function sight(found: Partial<Record<keyof Reading, readonly string[]>>): Sight {
  const head = (name: keyof Reading) =>
    Float32Array.from(HEAD_CLASSES[name], (of) => found[name]?.includes(of) ? 1 : 0);
  return {
    reading: {
      concepts: head("concepts"),
      colour: head("colour"),
      decoration: head("decoration"),
      style: head("style"),
    },
    pattern: "dotted",
    subjectAt: { x: 0.5, y: 0.2 },
    objectAt: { x: 0.4, y: 0.8 },
  };
}

Deno.test("shows() tells each attribute, and what is left out", () => {
  const seen = sight({ concepts: ["cat", "house"], colour: ["red"], decoration: ["stars"] });
  const shown = (attribute: Attribute, change: Partial<Scene> = {}, of = seen) =>
    shows(attribute, { ...SCENE, ...change }, of);
  assert(shown("subject") && shown("object") && shown("colour") && shown("pattern"));
  assert(!shown("subject", { subject: "dog" }) && !shown("pattern", { pattern: "plain" }));
  assert(!shown("decoration") && shown("decoration", { decoration: "stars" }));
  assert(shown("relation") && !shown("relation", { relation: "below" }));
  assert(shown("relation", { relation: "to the right of" }));
  assert(!shown("relation", {}, sight({ concepts: ["cat"] }))); // not both are there
  const { relation: _, object: __, ...alone } = SCENE;
  assert(!shows("object", alone, seen, SCENE) && shows("object", alone, sight({}), SCENE));
  assertThrows(() => shown("relation", { relation: "in front of" }), RangeError, "in front of");
});

Deno.test("attributeControl() counts every pair by every method", async () => {
  const muse = tinyMuse();
  const options = await tinyRecipe(muse, { prompts: 1, imagesPerPrompt: 1 });
  const { lists, tables, sheets, figures } = await attributeControl(options);
  const methods = ["muse", "styledrop", "finestyle", TRUTH];
  assertEquals(tables[0]!.rows[0], ["prompts differ in", ...methods]);
  assertEquals(tables[0]!.rows.length, 1 + PAIRS.length + 1);
  const rows = lists.rows as { pair: string; method: string; both: { mean: number; n: number } }[];
  assertEquals(rows.length, (PAIRS.length + 1) * methods.length);
  const truth = (pair: string) => rows.find((r) => r.pair === pair && r.method === TRUTH)!.both;
  assertEquals([truth("pattern").mean, truth("pattern").n], [1, 1]); // by pixels, without a judge
  assertEquals(truth("subject").mean, 0); // this judge finds none
  assertEquals(sheets.sheet.rows.length, PAIRS.length);
  assertEquals(sheets.sheet.columns.length, 1 + 2 * methods.length);
  assertEquals(sheets["several"]!.rows.length, SEVERAL.length);
  assertEquals(Object.keys(figures), ["pairs", "several"]);
  const compared = lists["comparisons"] as { against: string; measure: string }[];
  assertEquals(compared.map(({ against, measure }) => `${measure} ${against}`), [
    ...["both styledrop", "both muse", "several styledrop", "several muse"],
  ]);
  const claims = CLAIMS.filter(({ file }) => file === "attribute-control/table.json");
  assertEquals(claims.map(({ path }) => follow(lists, path) !== undefined), [true, true]);
  muse.dispose();
});
