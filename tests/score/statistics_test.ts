import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../lib/engine/random.ts";
import {
  bootstrapInterval,
  detectableDifference,
  holm,
  pairedTest,
  promptsNeeded,
  quantile,
  standardError,
  summarise,
} from "../../lib/score/statistics.ts";

Deno.test("standardError() of 1, 2, 3, 4 is sqrt(5/3)/2", () => {
  assertAlmostEquals(standardError([1, 2, 3, 4]), Math.sqrt(5 / 3) / 2);
  assertEquals(standardError([7]), 0);
});

Deno.test("quantile() interpolates", () => {
  assertEquals(quantile([0, 10, 20], 0.25), 5);
  assertEquals(quantile([4], 0.9), 4);
  assertThrows(() => quantile([], 0.5), RangeError);
});

Deno.test("bootstrapInterval() has about the width of the normal interval and is seeded", () => {
  const values = new Random(1).gaussian(200);
  const [low, high] = bootstrapInterval(values, new Random(2));
  assertAlmostEquals(high - low, 2 * 1.96 * standardError(values), 0.03);
  assertEquals(bootstrapInterval(values, new Random(2)), [low, high]);
});

Deno.test("summarise() weighs prompts alike and takes them as the units", () => {
  const s = summarise([[1, 3], [4, 4, 4, 4], []]);
  assertEquals(s.mean, 3); // mean of 2 and 4
  assertEquals(s.n, 6);
  assertAlmostEquals(s.se, 1); // sd of 2 and 4 is sqrt 2, over sqrt 2
  assertEquals(s.ci95, [2, 4]);
});

Deno.test("pairedTest() counts the sign patterns of a small sample exactly", () => {
  const test = pairedTest([2, 3, 4], [1, 1, 1]);
  assertEquals(test.mean, 2);
  assertEquals(test.p, 2 / 8); // only + + + and - - - reach a mean of 2
  assertEquals(pairedTest([1, 2], [1, 2]).p, 1);
});

Deno.test("pairedTest() tells a steady difference from noise", () => {
  const noise = new Random(3).gaussian(40, 0.1);
  const base = Array.from(noise);
  assert(pairedTest(base.map((x, i) => x + 0.1 + 0.02 * (i % 3)), base).p < 0.001);
  assert(pairedTest(base.map((x, i) => x + (i % 2 ? 0.1 : -0.1)), base).p > 0.5);
  assertThrows(() => pairedTest([1], [1, 2]), TypeError);
});

Deno.test("holm() multiplies the smallest p by all tests, the next by one less, and never falls", () => {
  const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
  [0.03, 0.06, 0.06, 0.02].forEach((p, i) => assertAlmostEquals(adjusted[i]!, p, 1e-12));
  assertEquals(holm([0.6, 0.5]), [1, 1]);
  assertEquals(holm([0.2]), [0.2]);
  assertEquals(holm([]), []);
});

Deno.test("promptsNeeded() gives a power of 80 % in a simulation", () => {
  const spread = 0.2, difference = 0.1, n = promptsNeeded(spread, difference);
  assertEquals(n, 34); // (2.8 * 2)^2 + 1.9
  const random = new Random("power"), studies = 400, zeros = new Array<number>(n).fill(0);
  let found = 0;
  for (let study = 0; study < studies; study++) {
    const values = Array.from(random.split(study).gaussian(n, spread), (x) => x + difference);
    if (pairedTest(values, zeros, study).p < 0.05) found++;
  }
  assertAlmostEquals(found / studies, 0.8, 0.06); // three standard errors
});

Deno.test("detectableDifference() is what promptsNeeded() is asked for", () => {
  assertEquals(promptsNeeded(0.3, detectableDifference(0.3, 50)), 50);
  assertEquals(detectableDifference(0.3, 1), Infinity);
  assertEquals(promptsNeeded(0, 0.1), 2);
  assertThrows(() => promptsNeeded(0.1, 0), RangeError, "difference is 0");
});
