import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readImage } from "../../lib/io/image.ts";
import { bundleOf, progressLine } from "../../lib/show/notebook.ts";

Deno.test("bundleOf() always adds a static form", async () => {
  const chart = await bundleOf({
    kind: "line",
    title: "Loss",
    x: { title: "step" },
    y: { title: "loss" },
    series: [{ name: "a", x: [0, 1], y: [1, 0] }],
  });
  assertEquals(Object.keys(chart), [
    "application/vnd.plotly.v1+json",
    "image/png",
    "text/plain",
  ]);
  assertStringIncludes(String(chart["image/png"]), "iVBOR"); // the PNG signature in base 64
  assertEquals((await bundleOf("**hello**"))["text/plain"], "**hello**");
  const image = await bundleOf({ width: 1, height: 1, data: Uint8Array.of(1, 2, 3) });
  assertEquals(image["text/plain"], "image 1 x 1");
});

Deno.test("bundleOf() shows pictures within 7 of 255 levels, black and white exactly", async () => {
  const data = Uint8Array.from({ length: 3 * 256 }, (_, i) => i % 256);
  const { "image/png": png } = await bundleOf({ width: 256, height: 1, data });
  const path = await Deno.makeTempFile({ suffix: ".png" });
  await Deno.writeFile(path, Uint8Array.fromBase64(String(png)));
  const shown = (await readImage(path)).data;
  await Deno.remove(path);
  assert(data.every((v, i) => Math.abs(v - shown[i]!) <= 7));
  assertEquals([shown[0], shown[255]], [0, 255]);
});

Deno.test("progressLine() estimates the time left from the time gone", () => {
  assertStringIncludes(progressLine("tune", 25, 100, 10), "25/100  10 s, 30 s left");
  assertEquals(progressLine("tune", 100, 100, 40).includes("left"), false);
  assertEquals(progressLine("tune", 0, 100, 0).includes("left"), false);
});
