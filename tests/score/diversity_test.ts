import { assertAlmostEquals, assertThrows } from "@std/assert";
import { diversity } from "../../lib/score/diversity.ts";

const v = (...values: number[]) => Float32Array.from(values);

Deno.test("diversity() is the mean of 1 - cosine over pairs, 0 for one image repeated", () => {
  assertAlmostEquals(diversity([v(3, 4), v(3, 4), v(3, 4)]), 0);
  assertAlmostEquals(diversity([v(1, 0), v(-1, 0)]), 2);
  assertAlmostEquals(diversity([v(1, 0), v(1, 0), v(0, 1)]), 2 / 3); // pairs: 0, 1, 1
  assertThrows(() => diversity([v(1)]), RangeError, "1 images");
});
