import { assertEquals, assertThrows } from "@std/assert";
import { findRegion, regionOfBox, resizeMask } from "../../lib/style/regions.ts";

const SIZE = { width: 64, height: 64 };
/** A map of 8 x 8 whose cells are 0.1 except for those given. */
function mapOf(cells: Record<number, number>) {
  const values = new Float32Array(64).fill(0.1);
  for (const [cell, value] of Object.entries(cells)) values[Number(cell)] = value;
  return { phrase: "cat", side: 8, values };
}
/** Columns 4-6 of rows 2-4, and a lone bright cell at the lower left. */
const BLOB = mapOf({
  ...Object.fromEntries([20, 21, 22, 28, 29, 30, 36, 37, 38].map((i) => [i, 0.8])),
  56: 0.9,
});

for (const threshold of ["kmeans", "otsu", 0.5] as const) {
  Deno.test(`findRegion() with ${threshold} boxes the largest part`, () => {
    const { box, mask } = findRegion(BLOB, SIZE, { threshold, margin: 0 });
    assertEquals(box, { x: 32, y: 16, width: 24, height: 24 });
    assertEquals([mask[29], mask[56], mask[0]], [1, 0, 0]);
    assertEquals(mask.reduce((a, b) => a + b), 9);
  });
}

Deno.test("findRegion() widens the box by the margin and keeps it in the image", () => {
  const { box } = findRegion(BLOB, SIZE);
  assertEquals(box, { x: 29, y: 13, width: 30, height: 30 }); // 24 (1 + 2 / 8) around (44, 28)
  const corner = findRegion(mapOf({ 63: 1 }), SIZE);
  assertEquals(corner.box, { x: 43, y: 43, width: 21, height: 21 }); // a third of the side
});

Deno.test("findRegion() takes the whole image where the map has no contrast", () => {
  const { box, mask } = findRegion(mapOf({}), SIZE);
  assertEquals(box, { x: 0, y: 0, width: 64, height: 64 });
  assertEquals(mask.every((v) => v === 1), true);
});

Deno.test("findRegion() squares within the shorter side of other images", () => {
  const { box } = findRegion(mapOf({}), { width: 100, height: 60 });
  assertEquals(box, { x: 20, y: 0, width: 60, height: 60 });
});

Deno.test("findRegion() inscribes a square that leaves excluded cells out", () => {
  const background = mapOf(Object.fromEntries(Array.from({ length: 64 }, (_, i) => [i, 1])));
  const subject = Uint8Array.from({ length: 64 }, (_, i) => i % 8 < 3 ? 1 : 0); // columns 0-2
  const { box, mask } = findRegion(background, SIZE, { fit: "inscribed" }, subject);
  assertEquals(box, { x: 24, y: 0, width: 40, height: 40 });
  assertEquals(mask.reduce((a, b) => a + b), 40);
});

Deno.test("regionOfBox() covers the cells whose centres lie in the box", () => {
  const { box, mask } = regionOfBox({ x: 8, y: 20, width: 16, height: 16 }, SIZE, 8);
  assertEquals(box.width, 16);
  assertEquals([...mask.keys()].filter((i) => mask[i]), [17, 18, 25, 26]); // centres at 20 and 28
  for (const bad of [{ x: 60 }, { width: 8 }, { x: 0.5 }, { x: -1 }]) {
    const wrong = { x: 8, y: 20, width: 16, height: 16, ...bad };
    assertThrows(() => regionOfBox(wrong, SIZE, 8, "cat"), RangeError, 'box of "cat"');
  }
});

Deno.test("resizeMask() repeats the nearest cell", () => {
  const region = { box: { x: 0, y: 0, width: 1, height: 1 }, side: 2 };
  const fine = resizeMask({ ...region, mask: Uint8Array.of(1, 0, 0, 1) }, 4);
  assertEquals([...fine], [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1]);
});

Deno.test("findRegion() refuses options out of range", () => {
  assertThrows(() => findRegion(BLOB, SIZE, { threshold: 2 }), RangeError, "threshold is 2");
  assertThrows(() => findRegion(BLOB, SIZE, { margin: -1 }), RangeError, "margin is -1");
  assertThrows(() => findRegion(BLOB, SIZE, { minSide: 0 }), RangeError, "minSide is 0");
});
