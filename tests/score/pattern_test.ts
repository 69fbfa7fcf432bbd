import { assertEquals, assertThrows } from "@std/assert";
import { nearestBackground } from "../../lib/score/pattern.ts";
import { openWorld, PATTERNS, type Scene } from "../../lib/world/mod.ts";

const world = await openWorld({ styles: ["flat vector art", "two-tone blob"] });
const SCENE: Scene = {
  ...{ subject: "cat", pattern: "plain", colour: "blue", decoration: "stars" },
  ...{ style: "flat vector art" },
};
const renderings = PATTERNS.map((pattern) => world.render({ ...SCENE, pattern }));
const named = (scene: Scene, shift = 0) => {
  const { image } = world.render(scene);
  const data = image.data.map((level) => Math.min(255, level + shift));
  return PATTERNS[nearestBackground({ ...image, data }, renderings)];
};

Deno.test("nearestBackground() names the pattern, whatever the style, the drawing and the brightness", () => {
  for (const pattern of PATTERNS) {
    assertEquals(named({ ...SCENE, pattern }), pattern);
    assertEquals(named({ ...SCENE, pattern, style: "two-tone blob" }, 9), pattern);
    assertEquals(named({ ...SCENE, pattern, subject: "dog" }), pattern);
  }
});

Deno.test("nearestBackground() refuses another size", () => {
  const small = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
  assertThrows(() => nearestBackground(small, renderings), TypeError, "1 x 1 and 64 x 64");
});
