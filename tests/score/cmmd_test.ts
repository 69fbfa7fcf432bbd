import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../lib/engine/random.ts";
import { cmmd } from "../../lib/score/cmmd.ts";

const v = (...values: number[]) => Float32Array.from(values);

/** Unit vectors around `centre`. */
function around(centre: Float32Array, n: number, seed: number): Float32Array[] {
  const random = new Random(seed);
  return Array.from({ length: n }, () => {
    const noise = random.gaussian(centre.length, 0.3);
    const sum = centre.map((x, i) => x + noise[i]!);
    const length = Math.hypot(...sum);
    return sum.map((x) => x / length);
  });
}

Deno.test("cmmd() of two points is 2 (1 - exp(-d^2 / 200)) x 1000", () => {
  assertAlmostEquals(cmmd([v(1, 0)], [v(0, 1)]), 2000 * (1 - Math.exp(-2 / 200)), 1e-9);
  assertAlmostEquals(cmmd([v(1, 0)], [v(0, 1)], { sigma: 1, scale: 1 }), 2 * (1 - Math.exp(-1)));
});

Deno.test("cmmd() takes every pair, also of an image with itself", () => {
  // Gretton et al. 2012, eq. 5: (2 + 2k)/4 + 1 - 2 (1 + k)/2 = (1 - k)/2
  const k = Math.exp(-2 / 200);
  assertAlmostEquals(cmmd([v(1, 0), v(0, 1)], [v(1, 0)]), 1000 * (1 - k) / 2, 1e-9);
});

Deno.test("cmmd() is 0 for equal sets, small within a distribution, large between two", () => {
  const [one, other] = [v(1, 0, 0, 0), v(0.6, 0.8, 0, 0)];
  const sample = around(one, 60, 1);
  assertEquals(cmmd(sample, sample), 0);
  const within = cmmd(sample, around(one, 60, 2)), between = cmmd(sample, around(other, 60, 3));
  assert(within < 0.2 && between > 10 * within, `${within} within, ${between} between`);
  assertAlmostEquals(cmmd(around(other, 60, 3), sample), between, 1e-9);
});

Deno.test("cmmd() refuses an empty set and embeddings of two models", () => {
  assertThrows(() => cmmd([], [v(1)]), RangeError, "0 and 1 images");
  assertThrows(() => cmmd([v(1)], [v(1, 0)]), TypeError, "1 and 2");
});
