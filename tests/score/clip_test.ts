import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { cosine, harmonicMean, styleScores, textScores } from "../../lib/score/clip.ts";

const v = (...values: number[]) => Float32Array.from(values);

Deno.test("cosine() ignores length and is 0 for a zero vector", () => {
  assertAlmostEquals(cosine(v(3, 4), v(30, 40)), 1);
  assertAlmostEquals(cosine(v(1, 0), v(1, 1)), Math.SQRT1_2);
  assertAlmostEquals(cosine(v(1, 2), v(-1, -2)), -1);
  assertEquals(cosine(v(0, 0), v(1, 1)), 0);
});

Deno.test("cosine() refuses different lengths", () => {
  assertThrows(() => cosine(v(1), v(1, 2)), TypeError, "1 and 2");
});

Deno.test("textScores() pairs in order, styleScores() uses one reference", () => {
  const images = [v(1, 0), v(0, 1)];
  assertEquals(textScores(images, [v(2, 0), v(5, 0)]), [1, 0]);
  assertEquals(styleScores(images, v(0, 7)), [0, 1]);
  assertThrows(() => textScores(images, [v(1, 0)]), TypeError, "2 images but 1 prompts");
});

Deno.test("harmonicMean() gives the published value and 0 for a score that is not positive", () => {
  // method.md 1.8, row "Infinity-2B": S_txt .334, S_img .630 -> .437
  assertAlmostEquals(harmonicMean(0.334, 0.63), 0.437, 5e-4);
  assertEquals(harmonicMean(-0.1, 0.5), 0);
});
