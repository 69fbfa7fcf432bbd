import { assert, assertEquals, assertRejects } from "@std/assert";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { readSafetensors, writeSafetensors } from "../../lib/io/safetensors.ts";
import { fromWeights, type RawTensors } from "../../lib/models/weights.ts";
import { loadAdapter, saveAdapter } from "../../lib/style/adapter_files.ts";
import { importLora, openAdapter } from "../../lib/style/lora_files.ts";
import { fixtureMuse, sharedAdapter } from "../models/fixtures/from_here.ts";
import { TINY } from "../generate/tiny_muse.ts";

await useEngine("cpu");
const FIXTURES = new URL("../models/fixtures/adapters", import.meta.url).pathname;
const muse = await fixtureMuse("tuning");
const tiny = { transformer: { config: TINY, weights: new Map() } };
const SITE = "transformer_layers.0.attn2.to_k";

/** A file with a LoRA of rank 2 on {@linkcode SITE} of the tiny model. */
async function loraFile(
  change: (tensors: RawTensors) => void = () => {},
  metadata: Record<string, string> = {},
): Promise<string> {
  const random = new Random(1);
  const tensors: RawTensors = new Map([
    [`${SITE}.lora_A.weight`, { shape: [2, 16], data: random.gaussian(32) }],
    [`${SITE}.lora_B.weight`, { shape: [16, 2], data: random.gaussian(32) }],
  ]);
  change(tensors);
  const path = `${await Deno.makeTempDir()}/lora.safetensors`;
  await writeSafetensors(path, { tensors, metadata });
  return path;
}

/** `up` of the imported file over `up` of the file. */
async function scale(path: string, alpha?: number): Promise<number> {
  const adapter = await importLora(path, tiny, alpha === undefined ? {} : { alpha });
  const { tensors } = await readSafetensors(path);
  const stored = [...tensors].find(([name]) => /lora(_B|\.up)\.weight$/.test(name))![1];
  return (await fromWeights(adapter.tensors)).get(`${SITE}.lora_B.weight`)!.data[0]! /
    stored.data[0]!;
}

const config = (entries: object) => ({ lora_adapter_metadata: JSON.stringify(entries) });

Deno.test("saveAdapter() writes the file that diffusers was given, byte for byte", async () => {
  const folder = await Deno.makeTempDir();
  await saveAdapter(folder, sharedAdapter(muse), muse);
  const written = await Deno.readFile(`${folder}/adapter.safetensors`);
  assertEquals(written, await Deno.readFile(`${FIXTURES}/from_here/adapter.safetensors`));
});

Deno.test("importLora() reads what saveAdapter() wrote without its adapter.json", async () => {
  const folder = await Deno.makeTempDir();
  const adapter = sharedAdapter(muse);
  await saveAdapter(folder, adapter, muse);
  const { adapter: loaded } = await loadAdapter(folder, muse);
  const imported = await importLora(`${folder}/adapter.safetensors`, muse);
  assertEquals(await fromWeights(imported.tensors), await fromWeights(loaded.tensors));
});

Deno.test("saveAdapter() and loadAdapter() keep an imported LoRA", async () => {
  const folder = await Deno.makeTempDir();
  const imported = await openAdapter(`${FIXTURES}/diffusers`, muse);
  await saveAdapter(folder, imported, muse);
  const loaded = await openAdapter(folder, muse);
  assertEquals(loaded.config, imported.config);
  assertEquals(await fromWeights(loaded.tensors), await fromWeights(imported.tensors));
});

Deno.test("importLora() scales by alpha over rank, from wherever alpha is known", async () => {
  const alpha = (tensors: RawTensors) =>
    tensors.set(`${SITE}.alpha`, { shape: [], data: Float32Array.of(8) });
  assertEquals(await scale(await loraFile()), 1);
  assertEquals(await scale(await loraFile(), 6), 3);
  assertEquals(await scale(await loraFile(alpha), 6), 4);
  const ranked = config({ lora_alpha: 4, use_rslora: true });
  assert(Math.abs(await scale(await loraFile(undefined, ranked)) - 4 / Math.SQRT2) < 1e-6);
  const pipeline = config({ "transformer.lora_alpha": 10 });
  assertEquals(await scale(await loraFile(undefined, pipeline)), 5);
  for (const key of ["to_k", "^transformer_layers.0.attn2.to_k$", "attn2\\.to_k"]) {
    const pattern = config({ lora_alpha: 4, alpha_pattern: { to_q: 1, "^to_k": 1, [key]: 2 } });
    assertEquals(await scale(await loraFile(undefined, pattern)), 1);
  }
});

Deno.test("importLora() reads the names of older files", async () => {
  const older = (tensors: RawTensors) => {
    for (const [name, tensor] of [...tensors]) {
      tensors.delete(name);
      tensors.set(
        "transformer." + name.replace("lora_A", "lora.down").replace("lora_B", "lora.up"),
        tensor,
      );
    }
  };
  assertEquals(await scale(await loraFile(older)), 1);
});

Deno.test("importLora() refuses what is no plain LoRA of the model", async () => {
  const put = (name: string, ...shape: number[]) => (tensors: RawTensors) => {
    const size = shape.reduce((a, b) => a * b, 1);
    tensors.set(name, { shape, data: new Float32Array(size) });
  };
  const cases: [Promise<string>, typeof Error, string][] = [
    [loraFile((t) => t.clear()), TypeError, "it holds no LoRA"],
    [loraFile((t) => t.delete(`${SITE}.lora_A.weight`)), TypeError, "is missing"],
    [loraFile(put(`${SITE}.lora_B.bias`, 16)), TypeError, "none of a plain LoRA"],
    [loraFile(put(`${SITE}.lora_B.weight`, 16, 3)), TypeError, "[16, 3] but rank 2"],
    [
      loraFile(put(`${SITE}.lora_A.weight`, 2, 9)),
      TypeError,
      "[2, 9] but the config wants [2, 16]",
    ],
    [loraFile(put(`${SITE}.lora_A.weight`, 32)), TypeError, "[32] but a matrix is wanted"],
    [
      loraFile((t) => {
        put("text_model.layer.lora_A.weight", 2, 8)(t);
        put("text_model.layer.lora_B.weight", 8, 2)(t);
      }),
      RangeError,
      '"text_model.layer" is no linear layer',
    ],
    [loraFile(undefined, config({ peft_type: "LOKR" })), RangeError, '"peft_type" is LOKR'],
    [loraFile(undefined, config({ use_dora: true })), RangeError, '"use_dora" is true'],
    [loraFile(undefined, config({ alpha_pattern: { "(a+)+": 1 } })), RangeError, "want names only"],
    [loraFile(undefined, { lora_adapter_metadata: "{" }), SyntaxError, "is no JSON"],
    [Promise.resolve(`${FIXTURES}/none`), TypeError, "it does not exist"],
    [Deno.makeTempDir(), TypeError, "it has none of adapter_model.safetensors"],
  ];
  for (const [path, type, message] of cases) {
    await assertRejects(async () => await importLora(await path, tiny), type, message);
  }
});
