import { assert, assertEquals, assertLess } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import {
  IP_ADAPTER_STYLES,
  type IpAdapterBatch,
  ipAdapterLoss,
  mirroredCodes,
  varied,
} from "../../experiments/pretrain/ip_adapter.ts";
import { PATCH_TRANSFORM } from "../../experiments/pretrain/patch_transform.ts";
import { clipTableMethods, runnableMethods } from "../../experiments/study/methods.ts";
import { VALIDATION_STYLES } from "../../experiments/study/presets.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { initIpAdapter, ipAdapterConfig } from "../../lib/models/ip_adapter.ts";
import { maskToken } from "../../lib/models/uvit.ts";
import { toWeights } from "../../lib/models/weights.ts";
import { ADAM, Adam } from "../../lib/train/adam.ts";
import { HELD_OUT_STYLES } from "../../lib/world/mod.ts";
import { TINY, tinyMuse } from "../generate/tiny_muse.ts";
import { TINY_CONFIG } from "./tiny_study.ts";

await useEngine();

Deno.test("ipAdapterLoss() falls by reading the image, where the caption cannot tell", async () => {
  const muse = tinyMuse(), config = ipAdapterConfig(TINY);
  const initial = await initIpAdapter(config, muse.transformer.weights, TINY, new Random("init"));
  const frozen = await muse.transformer.weights.get("embed.embeddings.weight")!.data();
  const adam = new Adam(toWeights(initial), ADAM);
  const loss = ipAdapterLoss(muse, config);
  // two pictures of one caption, all masked: one of tokens 1 and 2, the other of 7 and 8
  const pictures = Int32Array.from({ length: 32 }, (_, i) => (i < 16 ? 1 : 7) + i % 2);
  const grid = (data: Int32Array) => tf.tensor2d(data, [2, 16], "int32");
  const batch = (seen: 0 | 1): IpAdapterBatch => ({
    ids: grid(new Int32Array(32).fill(maskToken(TINY))),
    targets: grid(pictures),
    holes: tf.ones([2, 16]),
    words: tf.tensor2d(muse.tokenizer.encode(["a cat", "a cat"]), [2, 20], "int32"),
    image: grid(pictures),
    seen: tf.fill([2, 1], seen),
  });
  const valueOf = async (seen: 0 | 1) => (await loss(adam.weights, batch(seen)).data())[0]!;
  const [before, without] = [await valueOf(1), await valueOf(0)];
  const input = batch(1);
  for (let step = 0; step < 60; step++) await adam.step(loss, input, 0.02);
  assertLess(await valueOf(1), 0.5 * before);
  // the zero image says nothing of which picture it is: 2 are alike at best
  assert(await valueOf(0) > Math.log(2), `${before}, ${without}, ${await valueOf(0)}`);
  assertEquals(await muse.transformer.weights.get("embed.embeddings.weight")!.data(), frozen);
  adam.dispose();
});

Deno.test("mirroredCodes() finds the code of the patch with left and right exchanged", () => {
  const depth = PATCH_TRANSFORM.length, random = new Random("patches");
  const patches = Array.from({ length: 3 }, () => random.gaussian(48));
  const mirror = (patch: Float32Array) => patch.map((_, i) => patch[i - i % 4 + 3 - i % 4]!); // the column is the last index
  const latents = [...patches, ...patches.map(mirror)].flatMap((patch) =>
    PATCH_TRANSFORM.map((row) => row.reduce((sum, factor, i) => sum + factor * patch[i]!, 0))
  );
  assertEquals([...mirroredCodes(Float32Array.from(latents), depth)], [3, 4, 5, 0, 1, 2]);
});

Deno.test("varied() moves and mirrors a reference within its grid", () => {
  const tokens = Uint16Array.from({ length: 256 }, (_, i) => i), none = tokens.map((_, i) => i);
  const still = { mirror: 0, shift: 0 };
  assertEquals([...varied(tokens, none, new Random(1), still)], [...tokens]);
  const mirrored = varied(tokens, none.map((code) => code ^ 256), new Random(1), {
    ...still,
    mirror: 1,
  });
  assertEquals([mirrored[0], mirrored[15], mirrored[16]], [15 ^ 256, 256, 31 ^ 256]);
  const moved = varied(tokens, none, new Random(1), { mirror: 0, shift: 4 });
  const by = moved[8 * 16 + 8]! - (8 * 16 + 8); // the middle is inside whatever the shift
  assert(by !== 0);
  assertEquals(moved[9 * 16 + 9]! - (9 * 16 + 9), by);
});

Deno.test("the IP-Adapter learns no style that is held out or that settings are chosen on", () => {
  assertEquals(IP_ADAPTER_STYLES.length, 16);
  for (const style of [...HELD_OUT_STYLES, ...VALIDATION_STYLES]) {
    assert(!IP_ADAPTER_STYLES.includes(style), style);
  }
});

Deno.test("runnableMethods() leaves out what the model has no weights for, and says so", () => {
  const all = clipTableMethods(TINY_CONFIG), lines: string[] = [];
  const ids = (inputs: Record<string, string>) =>
    runnableMethods(all, inputs, (line) => lines.push(line)).map(({ method }) => method.id);
  const row = all.map(({ method }) => method.id);
  assertEquals(ids({ "ip_adapter/config.json": "0" }), row);
  assertEquals(lines, []);
  assertEquals(ids({ "ip_adapter.json": "0" }), row.filter((id) => id !== "ipadapter"));
  assertEquals(lines, ['The row "ipadapter" is left out: the model has no folder "ip_adapter"']);
});
