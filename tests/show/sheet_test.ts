import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Image } from "../../lib/io/image.ts";
import {
  enlarge,
  fadeOutside,
  overlayBoxes,
  overlayHeat,
  overlayMasks,
} from "../../lib/show/overlay.ts";
import { contactSheet, wrapText } from "../../lib/show/sheet.ts";

const solid = (width: number, height: number, rgb: [number, number, number]): Image => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => rgb[i % 3]!),
});
const pixel = (image: Image, x: number, y: number) => [
  ...image.data.subarray(3 * (y * image.width + x), 3 * (y * image.width + x) + 3),
];

Deno.test("enlarge() repeats pixels without smoothing", () => {
  const image: Image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
  assertEquals(
    [...enlarge(image, 2).data].join(),
    "1,2,3,1,2,3,4,5,6,4,5,6,".repeat(2).slice(0, -1),
  );
  assertThrows(() => enlarge(image, 1.5), RangeError, "1.5");
});

Deno.test("overlayBoxes() draws inside the box's edge only", () => {
  const out = overlayBoxes(solid(4, 4, [9, 9, 9]), [{ x: 1, y: 1, width: 3, height: 3 }]);
  assertEquals(pixel(out, 0, 0), [9, 9, 9]);
  assertEquals(pixel(out, 1, 1), [0, 0x72, 0xb2]);
  assertEquals(pixel(out, 2, 2), [9, 9, 9]);
});

Deno.test("overlayHeat() and overlayMasks() stretch a coarse map over the image", () => {
  const white = solid(4, 4, [255, 255, 255]);
  const heat = overlayHeat(white, [0, 0, 0, 5], 2, 2, 1);
  assertEquals(pixel(heat, 3, 3), [253, 231, 37]);
  assertEquals(pixel(heat, 1, 3), [68, 1, 84]);
  const mask = overlayMasks(white, [{ width: 2, height: 2, data: [0, 1, 0, 0] }], 1);
  assertEquals(pixel(mask, 2, 1), [0, 0x72, 0xb2]);
  assertEquals(pixel(mask, 1, 1), [255, 255, 255]);
});

Deno.test("fadeOutside() leaves the mask's cells alone", () => {
  const image = solid(4, 4, [55, 155, 255]);
  const out = fadeOutside(image, { width: 2, height: 2, data: [0, 0, 1, 0] }, 0.5);
  assertEquals(pixel(out, 1, 3), [55, 155, 255]);
  assertEquals(pixel(out, 2, 3), [155, 205, 255]);
});

Deno.test("wrapText() keeps every word", () => {
  const text = "a cat to the left of a house on a striped blue background";
  assert(wrapText(text, 120).length > 2);
  assertEquals(wrapText(text, 120).join(" "), text);
  assertEquals(wrapText("a cat\n\na dog", 200), ["a cat", "", "a dog"]);
  assertEquals(wrapText("by finestyle-true-regions", 128), ["by finestyle-", "true-regions"]);
  assertEquals(wrapText("finestyle-true-regions", 400), ["finestyle-true-regions"]);
});

Deno.test("contactSheet() makes room for texts and notes", async () => {
  const image = solid(8, 8, [255, 0, 0]);
  const row = { caption: "", images: [image, image] };
  const bare = await contactSheet({ columns: ["a", "b"], rows: [row] });
  const noted = await contactSheet({ columns: ["a", "b"], rows: [{ ...row, notes: ["leaks"] }] });
  const tall = await contactSheet({
    columns: ["a", "b"],
    rows: [{ ...row, notes: [undefined, "one line\nand another"] }, row],
  });
  assertEquals([bare.width, noted.width], [noted.width, tall.width]);
  assertEquals(noted.height, bare.height); // below a small image there was room
  assert(tall.height > bare.height);
  const text = await contactSheet({
    columns: ["a", "b"],
    rows: [{ caption: "", images: [image, "many words"] }],
  });
  assert(text.width > bare.width); // a column of texts alone is as wide as a caption
  const dark = (sheet: Image) => sheet.data.filter((level) => level < 200).length;
  assert(dark(noted) > dark(bare) && dark(text) > dark(bare));
});

Deno.test("contactSheet() pastes every image whole and at its place", async () => {
  const red = solid(8, 8, [255, 0, 0]), blue = solid(8, 8, [0, 0, 255]);
  const sheet = await contactSheet({
    title: "two methods",
    columns: ["muse", "finestyle"],
    rows: [{ caption: "a cat", images: [red, blue] }, {
      caption: "a dog",
      images: [undefined, red],
    }],
    scale: 3,
  });
  const count = (rgb: string) => {
    let n = 0;
    for (let y = 0; y < sheet.height; y++) {
      for (let x = 0; x < sheet.width; x++) if (pixel(sheet, x, y).join() === rgb) n++;
    }
    return n;
  };
  assertEquals(count("255,0,0"), 2 * 24 * 24);
  assertEquals(count("0,0,255"), 24 * 24);
});
