import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../lib/engine/random.ts";
import {
  CONCEPTS,
  HELD_OUT_STYLES,
  isHeldOutCell,
  isHeldOutPair,
  sampleScene,
  TRAINED_STYLES,
} from "../../lib/world/mod.ts";

const names = CONCEPTS.map((concept) => concept.name);

Deno.test("CONCEPTS holds 120 different nouns of one or two words", () => {
  assertEquals(new Set(names).size, 120);
  assertEquals(new Set(CONCEPTS.map((concept) => concept.codepoint)).size, 120);
  for (const name of names) assert(/^[a-z]+( [a-z]+)?$/.test(name), name);
});

Deno.test("isHeldOutPair() holds out a tenth of the pairs in either order", () => {
  const pairs = names.flatMap((a, i) => names.slice(i + 1).map((b) => [a, b] as const));
  const held = pairs.filter(([a, b]) => isHeldOutPair(a, b));
  assertAlmostEquals(held.length / pairs.length, 0.1, 0.01);
  for (const [a, b] of pairs) assertEquals(isHeldOutPair(a, b), isHeldOutPair(b, a));
});

Deno.test("isHeldOutCell() holds out six concepts of every trained style", () => {
  for (const style of TRAINED_STYLES) {
    assertEquals(names.filter((name) => isHeldOutCell(name, style)).length, 6);
  }
  assert(!names.some((name) => isHeldOutCell(name, HELD_OUT_STYLES[0]!)));
});

Deno.test("sampleScene() draws train and test from disjoint combinations", () => {
  const random = new Random(3);
  for (let i = 0; i < 2000; i++) {
    const objects = i % 2 ? 1 : 2;
    const train = sampleScene(random, { styles: TRAINED_STYLES, objects, split: "train" });
    const test = sampleScene(random, { styles: TRAINED_STYLES, objects, split: "test" });
    if (objects === 1) {
      assert(!isHeldOutCell(train.subject, train.style));
      assert(isHeldOutCell(test.subject, test.style));
    } else {
      assert(!isHeldOutPair(train.subject, train.object!));
      assert(!isHeldOutCell(train.object!, train.style));
      assert(isHeldOutPair(test.subject, test.object!));
    }
  }
});

Deno.test("sampleScene() repeats itself from a seed", () => {
  const draw = (seed: number) => {
    const random = new Random(seed);
    return Array.from(
      { length: 20 },
      () => sampleScene(random, { styles: TRAINED_STYLES, objects: 2, split: "train" }),
    );
  };
  assertEquals(draw(7), draw(7));
  assert(JSON.stringify(draw(7)) !== JSON.stringify(draw(8)));
});

Deno.test("sampleScene() keeps to its options", () => {
  const random = new Random(5);
  for (let i = 0; i < 200; i++) {
    const scene = sampleScene(random, {
      styles: ["clay"],
      objects: 2,
      decorations: false,
      split: "train",
      concepts: ["cat", "dog", "car", "bus"],
    });
    assertEquals([scene.style, scene.decoration], ["clay", "none"]);
    assert(scene.subject !== scene.object);
    assert(["cat", "dog", "car", "bus"].includes(scene.object!));
  }
});

Deno.test("sampleScene() refuses an empty split", () => {
  const options = { styles: ["clay"], objects: 2, split: "train", concepts: ["cat"] } as const;
  assertThrows(() => sampleScene(new Random(1), options), RangeError, "no combination");
});
