import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  evaluationPrompts,
  HELD_OUT_STYLES,
  referenceScene,
  TRAINED_STYLES,
} from "../../lib/world/mod.ts";

Deno.test("referenceScene() has subject, object, decoration and pattern in every style", () => {
  for (const style of [...TRAINED_STYLES, ...HELD_OUT_STYLES]) {
    const scene = referenceScene(style);
    assertEquals(scene, referenceScene(style));
    assertEquals(scene.style, style);
    assert(scene.object && scene.relation);
    assertNotEquals(scene.pattern, "plain");
    assertNotEquals(scene.decoration, "none");
  }
});

Deno.test("referenceScene() shares no concept among the held-out styles", () => {
  const concepts = HELD_OUT_STYLES.map(referenceScene).flatMap((s) => [s.subject, s.object]);
  assertEquals(new Set(concepts).size, 2 * HELD_OUT_STYLES.length);
});

Deno.test("evaluationPrompts() names nothing of the reference", () => {
  for (const style of [...TRAINED_STYLES, ...HELD_OUT_STYLES]) {
    const reference = referenceScene(style);
    const prompts = evaluationPrompts(style, 30, 1);
    assertEquals(prompts.filter((prompt) => prompt.object !== undefined).length, 10);
    for (const prompt of prompts) {
      for (const concept of [prompt.subject, prompt.object]) {
        assert(concept !== reference.subject && concept !== reference.object);
      }
      assertEquals(prompt.decoration, "none");
      assertNotEquals(prompt.pattern, reference.pattern);
      assertNotEquals(prompt.colour, reference.colour);
    }
  }
});

Deno.test("evaluationPrompts() keeps the first prompts of a longer list", () => {
  const long = evaluationPrompts("sticker", 40, 2);
  assertEquals(evaluationPrompts("sticker", 12, 2), long.slice(0, 12));
  assertNotEquals(evaluationPrompts("sticker", 12, 3), long.slice(0, 12));
});

Deno.test("evaluationPrompts() uses different subjects in a held-out style", () => {
  const subjects = evaluationPrompts("engraving", 24, 1).map((prompt) => prompt.subject);
  assertEquals(new Set(subjects).size, subjects.length);
});
