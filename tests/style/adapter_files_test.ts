import { assertEquals, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { readSafetensors } from "../../lib/io/safetensors.ts";
import { writeSafetensors } from "../../lib/io/safetensors.ts";
import { Muse } from "../../lib/models/muse.ts";
import { uvit } from "../../lib/models/uvit.ts";
import { fromWeights } from "../../lib/models/weights.ts";
import { loadAdapter, saveAdapter } from "../../lib/style/adapter_files.ts";
import { adapterFrom, adapterHooks, adapterShapes } from "../../lib/style/adapters.ts";
import { ADAPTER_DEFAULTS, type AdapterConfig } from "../../lib/style/placements.ts";
import { distance, TINY, tinyInputs, tinyMuse } from "../generate/tiny_muse.ts";

await useEngine("cpu");
const muse = await stored(tinyMuse());
const other = await stored(tinyMuse({ ...TINY, num_hidden_layers: 2 }));

/** The muse with its transformer's weights in a folder, as a loaded one has them. */
async function stored(muse: Muse): Promise<Muse> {
  const folder = await Deno.makeTempDir();
  const tensors = await fromWeights(muse.transformer.weights);
  const path = `${folder}/transformer/diffusion_pytorch_model.safetensors`;
  await writeSafetensors(path, { tensors, metadata: {} });
  return new Muse(folder, muse.transformer, muse.vq, muse.text, muse.tokenizer);
}

function filled(change: Partial<AdapterConfig>) {
  const config = { ...ADAPTER_DEFAULTS, ...change };
  const random = new Random("filled");
  const tensors = [...adapterShapes(TINY, config)].map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return [name, { shape, data: random.split(name).gaussian(size, 0.3) }] as const;
  });
  return adapterFrom(TINY, config, new Map(tensors));
}

for (
  const change of [
    { shared: true },
    { shared: false, blocks: true },
    { placement: "after-cross+mlp", form: "feature" },
  ] as const
) {
  Deno.test(`loadAdapter() reads what saveAdapter() wrote: ${JSON.stringify(change)}`, async () => {
    const folder = await Deno.makeTempDir();
    const adapter = filled(change);
    await saveAdapter(folder, adapter, muse, { style: "sticker" });
    const { adapter: loaded, file } = await loadAdapter(folder, muse);
    assertEquals(file.config, adapter.config);
    assertEquals(file.details, { style: "sticker" });
    const { ids, text, micro } = tinyInputs();
    const run = (given: typeof adapter) =>
      uvit(muse.transformer.weights, TINY, ids, text, micro, adapterHooks(given));
    assertEquals(await distance(run(adapter), run(loaded)) < 1e-6, true);
  });
}

Deno.test("saveAdapter() names kernel tensors as diffusers' LoRA", async () => {
  const folder = await Deno.makeTempDir();
  await saveAdapter(folder, filled({ placement: "cross-k", layers: "last-half" }), muse);
  const { tensors } = await readSafetensors(`${folder}/adapter.safetensors`);
  assertEquals([...tensors].map(([name, { shape }]) => [name, ...shape]), [
    ["transformer.transformer_layers.2.attn2.to_k.lora_A.weight", 4, 16],
    ["transformer.transformer_layers.2.attn2.to_k.lora_B.weight", 16, 4],
  ]);
});

Deno.test("loadAdapter() reads every bit of kernel matrices, and saveAdapter() writes them again", async () => {
  const adapter = filled({ shared: false, blocks: true });
  const [first, second] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  await saveAdapter(first, adapter, muse);
  const { adapter: loaded } = await loadAdapter(first, muse);
  assertEquals(await fromWeights(loaded.tensors), await fromWeights(adapter.tensors));
  await saveAdapter(second, loaded, muse);
  const bytes = (folder: string) => Deno.readFile(`${folder}/adapter.safetensors`);
  assertEquals(await bytes(second), await bytes(first));
});

Deno.test("saveAdapter() leaves no tensors", async () => {
  const adapter = filled({});
  const before = tf.memory().numTensors;
  await saveAdapter(await Deno.makeTempDir(), adapter, muse);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("loadAdapter() refuses another model and another file", async () => {
  const folder = await Deno.makeTempDir();
  await saveAdapter(folder, filled({}), muse);
  await assertRejects(() => loadAdapter(folder, other), RangeError, "it was tuned on");
  await Deno.writeTextFile(`${folder}/adapter.json`, "{}");
  await assertRejects(() => loadAdapter(folder, muse), SyntaxError, "schema is undefined");
});

Deno.test("loadAdapter() refuses in one sentence an adapter.json that is none", async () => {
  const folder = await Deno.makeTempDir();
  await saveAdapter(folder, filled({}), muse);
  const path = `${folder}/adapter.json`;
  const good = JSON.parse(await Deno.readTextFile(path));
  const wrong: [change: Record<string, unknown>, text: string][] = [
    [{ schema: { toString: 1 } }, "schema is an object"],
    [{ base: undefined }, "base must have"],
    [{ base: { name: "tiny", sha256: 3 } }, "base must have"],
    [{ config: [] }, "config is an array"],
    [{ config: { ...good.config, rank: 4 } }, 'unknown key "rank"'],
    [{ config: { ...good.config, dPrj: "4" } }, 'config.dPrj is "4", want a number'],
    [{ config: { ...good.config, modules: "attn2" } }, "list of names"],
  ];
  for (const [change, text] of wrong) {
    await Deno.writeTextFile(path, JSON.stringify({ ...good, ...change }));
    const error = await assertRejects(() => loadAdapter(folder, muse), SyntaxError, text);
    assertEquals(error.message.startsWith(`Cannot read "${path}": `), true, error.message);
  }
  const config = { ...good.config, placement: "nowhere" };
  await Deno.writeTextFile(path, JSON.stringify({ ...good, config }));
  await assertRejects(
    () => loadAdapter(folder, muse),
    RangeError,
    `"${path}": placement is nowhere`,
  );
  await Deno.remove(folder, { recursive: true });
});
