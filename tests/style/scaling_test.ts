import { assert, assertEquals, assertRejects } from "@std/assert";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import type { Region } from "../../lib/style/regions.ts";
import { scalePairs, type ScalingOptions } from "../../lib/style/scaling.ts";
import { EMOJI_WORLD_TEMPLATE } from "../../lib/style/template.ts";
import { tinyImage, tinyMuse } from "../generate/tiny_muse.ts";

await useEngine("cpu");
const muse = tinyMuse();
const CONTENT = {
  caption: "a cat on a blue background, in sticker style",
  subjects: ["cat"],
  backgrounds: ["blue background"],
  style: "sticker",
};
const mask = (cells: number[]) =>
  Uint8Array.from({ length: 4 }, (_, i) => cells.includes(i) ? 1 : 0);
const REGIONS = new Map<string, Region>([
  ["cat", { box: { x: 8, y: 0, width: 16, height: 16 }, side: 2, mask: mask([1]) }],
  ["blue background", { box: { x: 0, y: 16, width: 12, height: 12 }, side: 2, mask: mask([2, 3]) }],
]);
const reference = tinyImage(1, 32); // twice the model's size

const scale = (options: Partial<ScalingOptions>, seed = 1) =>
  scalePairs(muse, reference, CONTENT, REGIONS, new Random(seed), options);

Deno.test("scalePairs() crops one pair per concept besides the full one", async () => {
  const pairs = await scale({});
  assertEquals(pairs.map((pair) => [pair.kind, pair.concept, pair.text]), [
    ["full", undefined, CONTENT.caption],
    ["subject", "cat", "cat in sticker style"],
    ["background", "blue background", "blue background in sticker style"],
  ]);
  for (const { image, variants, microConditions, maskable } of pairs) {
    assertEquals([image.width, image.height, variants.length], [16, 16, 1]);
    assertEquals([variants[0]!.length, maskable], [16, undefined]);
    assertEquals(microConditions, [16, 16, 0, 0, 6]);
  }
  const [r, g, b] = reference.data.subarray(12 * 3); // the crop starts in the second patch
  assertEquals([...pairs[1]!.image.data.subarray(0, 3)], [r, g, b]);
});

Deno.test("scalePairs() in mask mode keeps the image and masks the region", async () => {
  const [full, cat, background] = await scale({ mode: "mask", template: EMOJI_WORLD_TEMPLATE });
  assertEquals(cat!.variants, full!.variants);
  assertEquals(cat!.text, "a cat, in sticker style");
  assertEquals([...cat!.maskable!], [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
  assertEquals(background!.maskable!.reduce((a, b) => a + b), 8);
});

Deno.test("scalePairs() without scaling gives the full pair alone", async () => {
  assertEquals((await scale({ mode: "none" })).map((pair) => pair.kind), ["full"]);
});

Deno.test("scalePairs() tells crops their size and corner when asked to", async () => {
  const pairs = await scale({ cropConditions: "crop" });
  assertEquals(pairs[1]!.microConditions, [16, 16, 0, 8, 6]);
});

Deno.test("scalePairs() augments crops by seed", async () => {
  const augmented = await scale({ variants: 3, shift: 0.3, zoom: 0.3 });
  assertEquals(augmented.map((pair) => pair.variants.length), [1, 4, 4]);
  assertEquals(await scale({ variants: 3, shift: 0.3, zoom: 0.3 }), augmented);
  assert(new Set(augmented[1]!.variants.map(String)).size > 1);
});

Deno.test("scalePairs() refuses a concept without a region and unknown modes", async () => {
  const none = () => scalePairs(muse, reference, CONTENT, new Map(), new Random(1));
  await assertRejects(none, RangeError, 'no region for "cat"');
  await assertRejects(() => scale({ mode: "cut" as "crop" }), RangeError, "mode is cut");
  await assertRejects(() => scale({ variants: -1 }), RangeError, "variants is -1");
});
