import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../../lib/engine/random.ts";
import { areaUnderCurve, rocCurve, summariseArea } from "../../lib/score/roc.ts";

Deno.test("areaUnderCurve() is the share of pairs in order, ties counting half", () => {
  assertEquals(areaUnderCurve([2, 3], [0, 1]), 1);
  assertEquals(areaUnderCurve([0], [1, 2]), 0);
  assertEquals(areaUnderCurve([1, 1, 1], [1, 1]), 0.5);
  assertEquals(areaUnderCurve([1, 3], [2, 1]), 2.5 / 4);
  assertThrows(() => areaUnderCurve([1], []), RangeError, "1 positive and 0 negative");
});

Deno.test("rocCurve() runs from nothing to everything and holds the area", () => {
  const positive = [0.9, 0.5, 0.5, 0.2], negative = [0.6, 0.5, 0.1];
  const curve = rocCurve(positive, negative);
  assertEquals(curve[0], { falsePositive: 0, truePositive: 0, threshold: Infinity });
  assertEquals(curve.at(-1), { falsePositive: 1, truePositive: 1, threshold: 0.1 });
  let area = 0;
  for (let i = 1; i < curve.length; i++) {
    const [a, b] = [curve[i - 1]!, curve[i]!];
    area += (b.falsePositive - a.falsePositive) * (a.truePositive + b.truePositive) / 2;
  }
  assertAlmostEquals(area, areaUnderCurve(positive, negative));
});

Deno.test("summariseArea() has about the standard error of the known formula", () => {
  // Hanley and McNeil 1982: an area of 0.5 of n + n independent scores has se sqrt((2n + 1) / 12) / n
  const n = 60, noise = new Random(1).gaussian(2 * n);
  const units = Array.from({ length: n }, (_, i) => ({
    positive: [noise[i]!],
    negative: [noise[n + i]!],
  }));
  const { mean, se, ci95: [low, high], n: count } = summariseArea(units);
  assertEquals(count, n);
  assertAlmostEquals(se, Math.sqrt((2 * n + 1) / 12) / n, 0.015);
  assert(low < mean && mean < high && low < 0.5 && 0.5 < high);
  assertEquals(summariseArea(units), summariseArea(units));
});
