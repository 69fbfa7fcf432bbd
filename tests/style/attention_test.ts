import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { type AttentionOptions, conceptMaps, upsampleMap } from "../../lib/style/attention.ts";
import { tinyMuse } from "../generate/tiny_muse.ts";

await useEngine("cpu");
const muse = tinyMuse();
const tokens = Int32Array.from({ length: 16 }, (_, i) => i % 12);
const CAPTION = "A cat to the left of a red house on a blue background, in pixel art style";
const read = (phrases: string[], options: Partial<AttentionOptions> = {}) =>
  conceptMaps(muse, tokens, CAPTION, phrases, new Random(1), {
    ...{ masksPerRatio: 1, sites: "layers", among: "caption" },
    ...options,
  });

Deno.test("conceptMaps() shares the attention of each place among the caption's tokens", async () => {
  const before = tf.memory().numTensors;
  const words = CAPTION.toLowerCase().replace(",", " ,").split(" ");
  // every distinct token once: their shares, counted as often as they stand there, sum to 1
  const maps = await read(["cat", "to", "the", "left", "of", "red", "house", "on", "blue"]);
  assertEquals(tf.memory().numTensors, before);
  for (const { values, side } of maps) {
    assertEquals([side, values.length], [4, 16]);
    assert(values.every((v) => v > 0 && v < 0.5));
  }
  const whole = await read([CAPTION], { tokens: "mean" });
  const count = muse.tokenizer.pieces(CAPTION).length;
  assertEquals(count, words.length);
  for (const v of whole[0]!.values) assertAlmostEquals(v, 1 / count, 1e-5);
});

Deno.test("conceptMaps() reads a phrase by its strongest token or their mean", async () => {
  const [red, house, strongest] = await read(["red", "house", "red house"]);
  const [mean] = await read(["red house"], { tokens: "mean" });
  red!.values.forEach((r, i) => {
    const h = house!.values[i]!;
    assertAlmostEquals(strongest!.values[i]!, Math.max(r, h), 1e-6);
    assertAlmostEquals(mean!.values[i]!, (r + h) / 2, 1e-6);
  });
});

Deno.test("conceptMaps() shares attention among the concepts alone, unless there is but one", async () => {
  const phrases = ["cat", "red house", "blue background"];
  const maps = await read(phrases, { among: "concepts" });
  const alone = await read(["cat"], { among: "concepts" }), [plain] = await read(["cat"]);
  assertEquals(alone[0]!.values, plain!.values);
  maps[0]!.values.forEach((_, i) =>
    assertAlmostEquals(maps.reduce((sum, { values }) => sum + values[i]!, 0), 1, 1e-6)
  );
});

Deno.test("conceptMaps() averages other attentions when asked to", async () => {
  const both = await read(["cat"], { sites: "both" });
  const layers = await read(["cat"], { sites: "layers" });
  const blocks = await read(["cat"], { sites: "blocks" });
  // 3 layers and 2 blocks of 2 attentions
  both[0]!.values.forEach((v, i) =>
    assertAlmostEquals(v, (3 * layers[0]!.values[i]! + 4 * blocks[0]!.values[i]!) / 7, 1e-6)
  );
});

Deno.test("conceptMaps() refuses a phrase that the caption does not have", async () => {
  await assertRejects(() => read(["dog"]), RangeError, '"dog"');
});

Deno.test("upsampleMap() interpolates between cell centres", () => {
  const map = { phrase: "", side: 2, values: Float32Array.of(0, 1, 2, 3) };
  assertEquals([...upsampleMap(map, 2, 2)], [0, 1, 2, 3]);
  assertEquals([...upsampleMap(map, 4, 1)], [1, 1.25, 1.75, 2]);
});
