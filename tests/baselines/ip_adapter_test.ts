import { assert, assertAlmostEquals, assertEquals, assertLess, assertRejects } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { ipAdapter } from "../../lib/baselines/ip_adapter.ts";
import { museMethod } from "../../lib/baselines/muse.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { readJson, sha256File, writeJson } from "../../lib/io/files.ts";
import { writeSafetensors } from "../../lib/io/safetensors.ts";
import {
  decoupledAttention,
  imageKeys,
  imageTokens,
  initIpAdapter,
  ipAdapterConfig,
  loadIpAdapter,
  saveIpAdapter,
} from "../../lib/models/ip_adapter.ts";
import { Muse } from "../../lib/models/muse.ts";
import { uvit } from "../../lib/models/uvit.ts";
import { disposeWeights, toWeights } from "../../lib/models/weights.ts";
import { distance, TINY, tinyImage, tinyInputs, tinyMuse } from "../generate/tiny_muse.ts";
import { inFolder } from "../in_folder.ts";

await useEngine();
const muse = tinyMuse();
const config = ipAdapterConfig(TINY);
const reference = { image: tinyImage(), caption: "a cat, in sticker style" };
const GUIDANCE = { kind: "finestyle", lambda1: 0, lambda2: 1 } as const;

const adapterTensors = () =>
  initIpAdapter(config, muse.transformer.weights, TINY, new Random("ip-adapter"));

/** The tiny model as if it lay in a folder, with an IP-Adapter there. */
async function museIn(folder: string): Promise<Muse> {
  await saveIpAdapter(folder, config, await adapterTensors());
  return new Muse(folder, muse.transformer, muse.vq, muse.text, muse.tokenizer);
}

Deno.test("decoupledAttention() adds the image's attention to the text's, times the scale", async () => {
  const random = new Random("attention");
  const values = (length: number) => random.gaussian(length * 2);
  const [q, k, v, kImage, vImage] = [3, 4, 4, 2, 2].map(values);
  const tensor = (x: Float32Array) => tf.tensor4d(x, [1, 1, x.length / 2, 2]);
  const image = { k: tensor(kImage!), v: tensor(vImage!) };
  const hooks = decoupledAttention(new Map([["attn2", image]]), 0.6);
  const out = hooks.attention!("attn2", tensor(q!), tensor(k!), tensor(v!));
  const found = await out.data();
  // softmax(q kᵀ / √2) v of row i, channel c, number by number
  const direct = (keys: Float32Array, values: Float32Array, i: number, c: number) => {
    const scores = Array.from(
      { length: keys.length / 2 },
      (_, j) =>
        Math.exp((q![2 * i]! * keys[2 * j]! + q![2 * i + 1]! * keys[2 * j + 1]!) / Math.SQRT2),
    );
    const sum = scores.reduce((a, b) => a + b);
    return scores.reduce((all, score, j) => all + score / sum * values[2 * j + c]!, 0);
  };
  for (let i = 0; i < 3; i++) {
    for (const c of [0, 1]) {
      const wanted = direct(k!, v!, i, c) + 0.6 * direct(kImage!, vImage!, i, c);
      assertAlmostEquals(found[2 * i + c]!, wanted, 1e-5);
    }
  }
});

Deno.test("an IP-Adapter at scale 0 gives the base model's logits, and others at scale 1", async () => {
  const weights = toWeights(await adapterTensors());
  const { ids, text, micro } = tinyInputs();
  const logits = (scale?: number) => {
    const seen = tf.minimum(ids, 11) as tf.Tensor2D; // no mask token in a reference
    const keys = imageKeys(weights, config, imageTokens(weights, config, seen), 2);
    const hooks = scale === undefined ? undefined : decoupledAttention(keys, scale);
    return uvit(muse.transformer.weights, TINY, ids, text, micro, hooks);
  };
  assertLess(await distance(logits(), logits(0)), 1e-4);
  assert(await distance(logits(), logits(1)) > 1e-2);
  disposeWeights(weights);
});

Deno.test("imageTokens() of the zero image are the same whatever the tokens", async () => {
  const weights = toWeights(await adapterTensors());
  const ids = tf.tensor2d(Array.from({ length: 32 }, (_, i) => i % 12), [2, 16], "int32");
  const tokens = imageTokens(weights, config, ids, tf.tensor2d([[1], [0]]));
  const other = imageTokens(
    weights,
    config,
    tf.reverse(ids, 1) as tf.Tensor2D,
    tf.tensor2d([[1], [0]]),
  );
  assertEquals(tokens.shape, [2, 4, 16]);
  const row = (x: tf.Tensor3D, i: number) => tf.slice(x, [i, 0, 0], [1, -1, -1]);
  assertEquals(await distance(row(tokens, 1), row(other, 1)), 0);
  assert(await distance(row(tokens, 0), row(other, 0)) > 1e-2);
  disposeWeights(weights);
});

Deno.test("ipAdapter() draws by its reference, without tuning, and leaves no tensor", () =>
  inFolder(async (folder) => {
    const model = await museIn(folder);
    const made = async (method: ReturnType<typeof ipAdapter>, seed = 1) => {
      const tuned = await method.prepare(
        { ...reference, image: tinyImage(seed) },
        model,
        new Random(1),
      );
      assertEquals([tuned.trainableParameters, tuned.adapter], [0, undefined]);
      const { ids } = await tuned.generate({ prompts: ["a dog", "a house"], steps: 4 });
      tuned.dispose();
      return ids;
    };
    const before = tf.memory().numTensors;
    const plain = await made(museMethod({ kind: "muse", lambda: 1 }));
    const strong = { guidance: GUIDANCE, scale: 5 };
    const first = await made(ipAdapter(strong));
    assert(first.some((id, i) => id !== plain[i]));
    assert((await made(ipAdapter(strong), 2)).some((id, i) => id !== first[i]));
    const half = await made(ipAdapter({ ...strong, layers: "last-half" }));
    assert(half.some((id, i) => id !== first[i]));
    assertEquals(await made(ipAdapter({ guidance: GUIDANCE, scale: 0 })), plain);
    assertEquals(tf.memory().numTensors, before);
  }));

Deno.test("saveIpAdapter() and loadIpAdapter() keep every number", () =>
  inFolder(async (folder) => {
    const saved = await adapterTensors();
    await saveIpAdapter(folder, config, saved);
    const loaded = await loadIpAdapter(folder, TINY);
    assertEquals(loaded.config, config);
    assertEquals([...loaded.weights.keys()].sort(), [...saved.keys()].sort());
    for (const [name, tensor] of loaded.weights) {
      assertEquals(await tensor.data(), saved.get(name)!.data);
    }
    disposeWeights(loaded.weights);
  }));

Deno.test("loadIpAdapter() says in one sentence what is missing or does not fit", () =>
  inFolder(async (folder) => {
    const prepare = () =>
      ipAdapter().prepare(
        reference,
        new Muse(folder, muse.transformer, muse.vq, muse.text, muse.tokenizer),
        new Random(1),
      );
    const at = `${folder}/ip_adapter`;
    const refused = (
      wanted: string,
      kind: typeof TypeError | typeof RangeError | typeof SyntaxError,
    ) => assertRejects(prepare, kind, wanted);
    await refused(
      `Cannot run IP-Adapter on "${folder}": the model has no "ip_adapter/config.json"`,
      TypeError,
    );
    const tensors = await adapterTensors();
    await saveIpAdapter(folder, config, tensors);
    await writeJson(`${at}/config.json`, { ...config, cross_attention_dim: 32 });
    await refused(
      `Cannot load "${at}/config.json": "cross_attention_dim" is 32 but "hidden_size" of ` +
        `"transformer" is 16`,
      RangeError,
    );
    await writeJson(`${at}/config.json`, { ...config, num_image_tokens: 9 });
    await refused(`"num_image_tokens" is 9 but its root must divide half of`, RangeError);
    await writeJson(`${at}/config.json`, null);
    await refused(`"codebook_size" is undefined but "codebook_size" of "transformer"`, RangeError);
    await writeJson(`${at}/config.json`, config);
    tensors.set("image_proj.norm.bias", { shape: [8], data: new Float32Array(8) });
    await writeSafetensors(`${at}/model.safetensors`, { tensors, metadata: {} });
    await refused(
      `Cannot load "${at}/model.safetensors": tensor "image_proj.norm.bias" is [8] but the ` +
        `config wants [16]`,
      TypeError,
    );
    await Deno.remove(`${at}/model.safetensors`);
    await refused(`Cannot load "${at}": it has no complete "model.safetensors"`, TypeError);
  }));

const EMBEDDED = new URL("../../lib/pretrained/emoji-64", import.meta.url).pathname;
const published = await readJson<{ transformer_sha256: string }>(
  `${EMBEDDED}/ip_adapter/config.json`,
).catch(() => undefined);

Deno.test({
  name: "the published IP-Adapter was trained beside the published generator",
  ignore: published === undefined, // it has not been trained yet
  async fn() {
    const file = `${EMBEDDED}/transformer/diffusion_pytorch_model.safetensors`;
    assertEquals(published!.transformer_sha256, await sha256File(file));
  },
});
