import { assertEquals, assertThrows } from "@std/assert";
import { maskedCount, maskRatio, trainingMaskCount } from "../../lib/generate/mask_schedule.ts";

// method.md 3.3: masked tokens after each step, cosine schedule. Two thirds of the way, where the
// ratio is one half, AmusedScheduler gets one less than that in its 32 bits.
const VECTORS: [length: number, counts: number[]][] = [
  [256, [253, 247, 236, 221, 203, 181, 155, 127, 97, 66, 33, 0]],
  [1024, [1015, 989, 946, 886, 812, 724, 623, 511, 391, 265, 133, 0]],
  // deno-fmt-ignore
  [256, [255, 255, 253, 252, 249, 247, 244, 240, 236, 232, 227, 221, 215, 209, 203, 196, 188, 181,
    172, 164, 155, 146, 137, 127, 118, 108, 97, 87, 76, 66, 55, 44, 33, 22, 11, 0]],
];

for (const [length, counts] of VECTORS) {
  Deno.test(`maskedCount() gives the published counts of ${length} tokens in ${counts.length} steps`, () => {
    assertEquals(counts.map((_, step) => maskedCount(step, counts.length, length)), counts);
  });
}

Deno.test("maskedCount() of the linear schedule falls in a straight line", () => {
  assertEquals([0, 1, 2, 3].map((step) => maskedCount(step, 4, 8, "linear")), [6, 4, 2, 0]);
});

Deno.test("maskedCount() keeps one token masked before the last step", () => {
  assertEquals([0, 1, 2].map((step) => maskedCount(step, 3, 1)), [1, 1, 0]);
  assertEquals(maskedCount(0, 1, 256), 0);
});

Deno.test("maskRatio() runs from 1 to 0 and refuses the rest", () => {
  assertEquals([maskRatio(0), maskRatio(1), maskRatio(0.25, "linear")], [1, 0, 0.75]);
  assertThrows(() => maskRatio(1.5), RangeError, "progress lies in [0, 1]");
});

Deno.test("trainingMaskCount() stays within 1 .. length", () => {
  assertEquals([trainingMaskCount(0, 256), trainingMaskCount(0.9999, 256)], [256, 1]);
});
