import { assertEquals, assertStringIncludes } from "@std/assert";
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

Deno.test("progressLine() estimates the time left from the time gone", () => {
  assertStringIncludes(progressLine("tune", 25, 100, 10), "25/100  10 s, 30 s left");
  assertEquals(progressLine("tune", 100, 100, 40).includes("left"), false);
  assertEquals(progressLine("tune", 0, 100, 0).includes("left"), false);
});
