import { assertEquals } from "@std/assert";
import { unwantedConcepts } from "../../experiments/study/unwanted.ts";
import {
  captionOf,
  COLOURS,
  CONCEPTS,
  DECORATIONS,
  evaluationPrompts,
  HELD_OUT_STYLES,
  referenceScene,
  type Scene,
} from "../../lib/world/mod.ts";

const reference: Scene = {
  subject: "cat",
  relation: "above",
  object: "house",
  pattern: "striped",
  colour: "blue",
  decoration: "stars",
  style: "pixel art",
};
const phrases = (prompt: Partial<Scene>, from = reference) =>
  unwantedConcepts(from, {
    subject: "dog",
    pattern: "plain",
    colour: "red",
    decoration: "none",
    style: from.style,
    ...prompt,
  }).map((c) => c.phrase);

Deno.test("unwantedConcepts() leaves out what the prompt asks for", () => {
  assertEquals(phrases({}), ["cat", "house", "blue background", "stars"]);
  assertEquals(phrases({ subject: "house", colour: "blue" }), ["cat", "stars"]);
  assertEquals(phrases({ relation: "below", object: "cat", decoration: "stars" }), [
    "house",
    "blue background",
  ]);
});

Deno.test("unwantedConcepts() leaves out a colour that the style does not show", () => {
  assertEquals(phrases({}, { ...reference, style: "blueprint" }), ["cat", "house", "stars"]);
});

Deno.test("unwantedConcepts() finds a place in its head for every evaluation prompt", () => {
  const sizes = {
    concepts: CONCEPTS.length,
    colour: Object.keys(COLOURS).length,
    decoration: DECORATIONS.length,
  };
  for (const style of HELD_OUT_STYLES) {
    const scene = referenceScene(style);
    for (const prompt of evaluationPrompts(style, 6, 0)) {
      for (const { phrase, head, index } of unwantedConcepts(scene, prompt)) {
        assertEquals(index >= 0 && index < sizes[head], true, phrase);
        assertEquals(captionOf(prompt).includes(phrase), false, `${phrase} in the prompt`);
      }
    }
  }
});
