import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { boxIoU, hitsOf } from "../../experiments/regions.ts";
import { findRegions } from "../../lib/style/personalize.ts";
import { captionOf, conceptsOf, openWorld, referenceScene } from "../../lib/world/mod.ts";

const STYLE = "watercolor painting", SIDE = 8, CELL = 64 / SIDE;
const world = await openWorld({ styles: [STYLE] });
const scene = referenceScene(STYLE), rendered = world.render(scene);
const { subjects, backgrounds, style } = conceptsOf(scene);

/** Maps that are 1 where region `ids[i]` stands. */
function mapsOf(ids: readonly number[]) {
  return [...subjects, ...backgrounds].map((phrase, i) => {
    const values = new Float32Array(SIDE * SIDE);
    rendered.regions.forEach((id, p) => {
      const cell = Math.floor(Math.floor(p / 64) / CELL) * SIDE + Math.floor((p % 64) / CELL);
      if (id === ids[i]) values[cell]! += 1 / CELL ** 2;
    });
    return { phrase, side: SIDE, values };
  });
}

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
