import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { boxIoU, hitsOf } from "../../experiments/regions.ts";
import { trueMap, trueRegions } from "../../experiments/regions/truth.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { findRegions, preparePairs } from "../../lib/style/personalize.ts";
import { captionOf, conceptsOf, openWorld, referenceScene } from "../../lib/world/mod.ts";
import { tinyMuse } from "../generate/tiny_muse.ts";

await useEngine("cpu");
const muse = tinyMuse();
const STYLE = "watercolor painting", SIDE = 8;
const world = await openWorld({ styles: [STYLE] });
const scene = referenceScene(STYLE), rendered = world.render(scene);
const { subjects, backgrounds, style } = conceptsOf(scene);

/** Maps of where region `ids[i]` stands. */
const mapsOf = (ids: readonly number[]) =>
  [...subjects, ...backgrounds].map((phrase, i) => trueMap(rendered, ids[i]!, phrase, SIDE));

Deno.test("hitsOf() gives true maps full marks, and swapped ones none", () => {
  const right = hitsOf(mapsOf([1, 2, 0, 3]), scene, rendered, { id: "right" });
  assertEquals(right.map(({ kind }) => kind), ["subject", "subject", "background", "background"]);
  assertEquals(right.slice(0, 3).map(({ pointing }) => pointing), [1, 1, 1]); // decorations are small
  for (const { boxIoU } of right.slice(0, 2)) assert(boxIoU! > 0.7, `${boxIoU}`);
  const swapped = hitsOf(mapsOf([2, 1, 3, 0]), scene, rendered, { id: "swapped" });
  assertEquals(swapped.slice(0, 2).map(({ pointing }) => pointing), [0, 0]);
});

Deno.test("boxIoU() is the shared part of two boxes", () => {
  const box = (x: number) => ({ x, y: 0, width: 4, height: 4 });
  assertAlmostEquals(boxIoU(box(0), box(2)), 1 / 3);
  assertEquals([boxIoU(box(0), box(0)), boxIoU(box(0), box(4))], [1, 0]);
});

Deno.test("findRegions() gives a place to the subject that stands out most there", () => {
  // two objects side by side; the second word's map lies on both
  const map = (phrase: string, at: (column: number) => number) => ({
    ...{ phrase, side: SIDE },
    values: Float32Array.from({ length: SIDE * SIDE }, (_, i) => at(i % SIDE)),
  });
  const maps = [
    map("cat", (x) => x < 3 ? 1 : 0),
    map("dog", (x) => x < 3 ? 0.8 : x > 4 ? 1 : 0),
  ];
  const of = (exclusive: boolean) =>
    findRegions(
      maps,
      { caption: captionOf(scene), subjects: ["cat", "dog"], backgrounds: [], style },
      { width: 64, height: 64 },
      { exclusive },
    ).get("dog")!.mask.map((v, i) => v && i % SIDE < 3 ? 1 : 0).includes(1);
  // the largest part of the overlapping region lies on the cat
  assertEquals([of(true), of(false)], [false, true]);
});

Deno.test("trueRegions() are the parts of the picture that show each concept", () => {
  const found = trueRegions(scene, rendered, 16, 128);
  assertEquals([...found.keys()], [...subjects, ...backgrounds]);
  subjects.forEach((phrase, i) => {
    const { mask, side, box } = found.get(phrase)!;
    // cells of 4 x 4 pixels of the scene, boxes in pixels of the picture at twice its size
    const inMask = (p: number) => mask[(p >> 8) * side + ((p & 63) >> 2)] === 1;
    const own = [...rendered.regions.keys()].filter((p) => rendered.regions[p] === i + 1);
    assert(own.filter(inMask).length > 0.8 * own.length, phrase);
    const inBox = (p: number) => {
      const [x, y] = [2 * (p & 63), 2 * (p >> 6)];
      return x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height;
    };
    assert(own.filter(inBox).length > 0.95 * own.length, phrase);
  });
});

Deno.test("preparePairs() takes true regions instead of attention's, where there are some", async () => {
  const truth = trueRegions(scene, rendered, 4, 64);
  const reference = { image: rendered.image, caption: captionOf(scene), truth };
  const config = { regionsFrom: "truth", scaling: { mode: "mask" } } as const;
  const prepared = await preparePairs(muse, reference, config, new Random(1));
  assertEquals([prepared.maps, prepared.regions], [[], truth]);
  const [full, ...pairs] = prepared.pairs;
  assertEquals(full!.maskable, undefined);
  pairs.forEach(({ concept, maskable }) => assertEquals(maskable, truth.get(concept!)!.mask));
  const { truth: _, ...unknown } = reference;
  const failing = () => preparePairs(muse, unknown, config, new Random(1));
  await assertRejects(failing, RangeError, "the reference has none");
});
