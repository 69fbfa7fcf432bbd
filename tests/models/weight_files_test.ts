import { assertEquals } from "@std/assert";
import { museFiles } from "../../lib/models/muse_files.ts";
import { weightFiles } from "../../lib/models/weight_files.ts";

const FILE = "model.safetensors", HALF = "model.fp16.safetensors";
const shards = (stem: string, count: number, of = count) =>
  Array.from({ length: count }, (_, i) => `${stem}-0000${i + 1}-of-0000${of}.safetensors`);

Deno.test("weightFiles() prefers the variant asked for, and takes the other one", () => {
  assertEquals(weightFiles([FILE, HALF], FILE), [FILE]);
  assertEquals(weightFiles([FILE, HALF], FILE, "fp16"), [HALF]);
  assertEquals(weightFiles([HALF], FILE), [HALF]);
  assertEquals(weightFiles([FILE], FILE, "fp16"), [FILE]);
  assertEquals(weightFiles(["model.bin", "other.safetensors"], FILE), []);
});

Deno.test("weightFiles() takes shards when all of them are there", () => {
  const full = shards("model", 3), half = shards("model.fp16", 2);
  assertEquals(weightFiles([...half, ...full.toReversed()], FILE), full);
  assertEquals(weightFiles([...half, ...full], FILE, "fp16"), half);
  assertEquals(weightFiles([...half, ...full.slice(1)], FILE), half);
  assertEquals(weightFiles(full.slice(1), FILE), []);
});

const AMUSED = [
  "model_index.json",
  "scheduler/scheduler_config.json",
  "transformer/config.json",
  "vqvae/config.json",
  "text_encoder/config.json",
  "tokenizer/tokenizer_config.json",
  "tokenizer/special_tokens_map.json",
  "tokenizer/vocab.json",
  "tokenizer/merges.txt",
];
const WEIGHTS = [
  "transformer/diffusion_pytorch_model.safetensors",
  "vqvae/diffusion_pytorch_model.safetensors",
  "text_encoder/model.safetensors",
];
const REST = [
  "README.md",
  "assets/collage_small.png",
  "transformer/diffusion_pytorch_model.bin",
  ...WEIGHTS.map((path) => path.replace(".safetensors", ".fp16.safetensors")),
];

Deno.test("museFiles() picks configs, tokenizer, scheduler and one variant, and nothing to run", () => {
  const all = [...REST, ...AMUSED, ...WEIGHTS, "run.py", "transformer/model.py"];
  assertEquals(museFiles(all), { files: [...AMUSED, ...WEIGHTS] });
  assertEquals(museFiles(all, "fp16"), { files: [...AMUSED, ...REST.slice(3)] });
});

Deno.test("museFiles() names what is missing", () => {
  const without = (path: string) => [...AMUSED, ...WEIGHTS].filter((other) => other !== path);
  for (const path of [...WEIGHTS, "vqvae/config.json", "tokenizer/merges.txt"]) {
    assertEquals(museFiles(without(path)).missing, path);
  }
  assertEquals(museFiles(without("scheduler/scheduler_config.json")).missing, undefined);
});
