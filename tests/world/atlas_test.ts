import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { loadAtlas } from "../../lib/world/atlas.ts";
import { CONCEPTS } from "../../lib/world/concepts.ts";
import { MASTER_SIZE } from "../../lib/world/glyphs.ts";
import { openWorld } from "../../lib/world/mod.ts";
import { openSource } from "../../lib/world/sources.ts";
import { HELD_OUT_STYLES, styleNamed, TRAINED_STYLES } from "../../lib/world/styles.ts";

const CACHE = new URL("../../.cache/emoji-world/", import.meta.url);
const sources = new Set([...TRAINED_STYLES, ...HELD_OUT_STYLES].map((s) => styleNamed(s).source));

/** Share of the square that a glyph covers. */
function coverageOf(glyph: Uint8Array): number {
  let sum = 0;
  for (let i = 3; i < glyph.length; i += 4) sum += glyph[i]!;
  return sum / 255 / MASTER_SIZE ** 2;
}

/** Whether something is drawn at two opposite borders. */
function fillsSquare(glyph: Uint8Array): boolean {
  const last = MASTER_SIZE - 1;
  const drawn = (x: number, y: number) => glyph[(y * MASTER_SIZE + x) * 4 + 3]! > 0;
  const any = (at: (i: number) => boolean) =>
    Array.from(glyph.subarray(0, last + 1).keys()).some(at);
  const wide = any((y) => drawn(0, y) || drawn(1, y)) &&
    any((y) => drawn(last, y) || drawn(last - 1, y));
  const high = any((x) => drawn(x, 0) || drawn(x, 1)) &&
    any((x) => drawn(x, last) || drawn(x, last - 1));
  return wide || high;
}

for (const id of sources) {
  Deno.test(`loadAtlas() has every concept in ${id}`, async () => {
    const atlas = await loadAtlas(id, CACHE);
    for (const { name, codepoint } of CONCEPTS) {
      const glyph = atlas.get(codepoint)!;
      assertGreater(coverageOf(glyph), 0.03, `${name} in ${id} is almost empty`);
      assertEquals(fillsSquare(glyph), true, `${name} in ${id} does not fill its square`);
    }
  });
}

Deno.test("loadAtlas() works where the cache cannot be written", async () => {
  const atlas = await loadAtlas("noto-emoji-300", new URL("file:///dev/null/cache/"));
  assertEquals(atlas.size, CONCEPTS.length + 6);
});

Deno.test("draw() has no drawing for a codepoint outside the source", async () => {
  assertEquals(await (await openSource("streamline-emojis")).draw("1f9ff"), undefined);
});

Deno.test("openWorld() refuses an unknown style", async () => {
  await assertRejects(() => openWorld({ styles: ["oil painting"] }), RangeError, "oil painting");
});
