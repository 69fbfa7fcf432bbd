import { assert, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../lib/engine/random.ts";
import {
  captionOf,
  conceptsOf,
  HELD_OUT_STYLES,
  sampleScene,
  type Scene,
  TRAINED_STYLES,
  vocabularyWords,
} from "../../lib/world/mod.ts";

const SCENE: Scene = {
  subject: "cat",
  relation: "to the left of",
  object: "house",
  pattern: "striped",
  colour: "blue",
  decoration: "stars",
  style: "pixel art",
};

function manyScenes(): Scene[] {
  const random = new Random("captions");
  const styles = [...TRAINED_STYLES, ...HELD_OUT_STYLES];
  return Array.from(
    { length: 600 },
    (_, i) =>
      sampleScene(random, { styles, objects: i % 2 ? 2 : 1, split: i % 3 ? "train" : "test" }),
  );
}

Deno.test("captionOf() follows the grammar", () => {
  assertEquals(
    captionOf(SCENE),
    "a cat to the left of a house on a striped blue background with stars, in pixel art style",
  );
  assertEquals(
    captionOf({ ...SCENE, relation: "next to a small" }),
    "a cat next to a small house on a striped blue background with stars, in pixel art style",
  );
  assertEquals(
    captionOf({
      subject: "apple",
      pattern: "plain",
      colour: "orange",
      decoration: "none",
      style: "clay",
    }),
    "an apple on an orange background, in clay style",
  );
});

Deno.test("captionOf() names no colour that the style hides", () => {
  assertEquals(
    captionOf({
      subject: "unicorn",
      pattern: "plain",
      colour: "red",
      decoration: "none",
      style: "blueprint",
    }),
    "a unicorn on a plain background, in blueprint style",
  );
});

Deno.test("captionOf() refuses an unknown style", () => {
  assertThrows(() => captionOf({ ...SCENE, style: "oil painting" }), RangeError, "oil painting");
});

Deno.test("conceptsOf() gives the phrases of the record", () => {
  assertEquals(conceptsOf(SCENE), {
    subjects: ["cat", "house"],
    backgrounds: ["striped blue background", "stars"],
    style: "pixel art",
  });
});

Deno.test("conceptsOf() gives phrases that stand in the caption as whole words", () => {
  for (const scene of manyScenes()) {
    const { subjects, backgrounds, style } = conceptsOf(scene);
    const caption = ` ${captionOf(scene).replace(",", "")} `;
    for (const phrase of [...subjects, ...backgrounds, style]) {
      assertEquals(caption.split(` ${phrase} `).length, 2, `"${phrase}" in "${caption}"`);
    }
  }
});

Deno.test("vocabularyWords() covers every caption once", () => {
  const words = new Set(vocabularyWords());
  assertEquals(words.size, vocabularyWords().length);
  for (const scene of manyScenes()) {
    for (const word of captionOf(scene).replace(",", "").split(" ")) assert(words.has(word), word);
  }
});
