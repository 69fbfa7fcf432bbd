import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { useEngine } from "../../lib/engine/mod.ts";
import { readJson, writeJson } from "../../lib/io/files.ts";
import type { Image } from "../../lib/io/image.ts";
import { readSafetensors } from "../../lib/io/safetensors.ts";
import { resizeBicubic } from "../../lib/io/bicubic.ts";
import { clipFiles } from "../../lib/models/clip_files.ts";
import { clipPixels, clipPreprocessing } from "../../lib/models/clip_preprocess.ts";
import { cosine } from "../../lib/score/clip.ts";
import { loadClipScorer } from "../../lib/score/clip_scorer.ts";

await useEngine("cpu");

const FOLDER = new URL("../models/fixtures/clip", import.meta.url).pathname;
const { tensors, metadata } = await readSafetensors(`${FOLDER}/expected.safetensors`);
const { texts } = JSON.parse(metadata["fixture"]!).config as { texts: string[] };
const images = texts.map((_, i): Image => {
  const { shape: [height, width], data } = tensors.get(`input.image.${i}`)!;
  return { width: width!, height: height!, data: Uint8Array.from(data) };
});
const row = (name: string, i: number) =>
  tensors.get(`expected.${name}`)!.data.slice(i * 12, (i + 1) * 12);
const farthest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!)));

/** A folder with some of the fixture's files. */
async function withFiles(names: readonly string[], test: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/onnx`);
  for (const name of names) await Deno.copyFile(`${FOLDER}/${name}`, `${folder}/${name}`);
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const SMALL = [
  "config.json",
  "preprocessor_config.json",
  "tokenizer.json",
  "tokenizer_config.json",
];
const KINDS = {
  "ONNX": ["onnx/vision_model.onnx", "onnx/text_model.onnx"],
  "safetensors": ["model.safetensors"],
};

Deno.test("clipPixels() gives the numbers of CLIPImageProcessor", async () => {
  const preprocessing = clipPreprocessing(await readJson(`${FOLDER}/preprocessor_config.json`), 24);
  images.forEach((image, i) => {
    const wanted = tensors.get(`expected.pixels.${i}`)!.data;
    const found = clipPixels(image, preprocessing);
    assertEquals(found.length, wanted.length);
    const difference = farthest(found, wanted); // one level of 255 would be 0.014
    assert(difference < 1e-5, `image ${i} differs by ${difference}`);
  });
});

Deno.test("resizeBicubic() keeps a picture of the wanted size, and one colour", () => {
  assertEquals(resizeBicubic(images[1]!, 61, 40), images[1]);
  const grey = { width: 7, height: 5, data: new Uint8Array(105).fill(77) };
  assertEquals(new Set(resizeBicubic(grey, 3, 11).data), new Set([77]));
});

for (const [kind, files] of Object.entries(KINDS)) {
  Deno.test(`ClipScorer of ${kind} agrees with transformers and leaks no tensor`, () =>
    withFiles([...SMALL, ...files], async (folder) => {
      const before = tf.memory().numTensors;
      const scorer = await loadClipScorer(folder);
      const [seen, read] = [await scorer.embedImages(images), await scorer.embedTexts(texts)];
      for (let i = 0; i < texts.length; i++) {
        assert(farthest(seen[i]!, row("images", i)) < 1e-5, `image ${i}`);
        assert(farthest(read[i]!, row("texts", i)) < 1e-5, `text ${i}`);
        assert(Math.abs(cosine(seen[i]!, seen[i]!) - 1) < 1e-6);
      }
      await scorer.dispose();
      assertEquals(tf.memory().numTensors, before);
    }));
}

Deno.test("ClipScorer cuts a long caption at 77 tokens and keeps its end", async () => {
  const scorer = await loadClipScorer(FOLDER);
  const { tokenizer } = scorer;
  const long = texts.at(-1)!, ids = tokenizer.encode([long]);
  assertEquals(ids.length, 77);
  assertEquals(ids.at(-1), tokenizer.size - 1);
  const [whole, longer] = await scorer.embedTexts([long, `${long} and a zebra`]);
  assertEquals(whole, longer);
  await scorer.dispose();
});

Deno.test("loadClipScorer() says what is wrong with a folder", async () => {
  await withFiles(SMALL, async (folder) => {
    await assertRejects(() => loadClipScorer(folder), TypeError, 'no complete "model.safetensors"');
    await writeJson(`${folder}/config.json`, { model_type: "siglip" });
    await assertRejects(() => loadClipScorer(folder), RangeError, '"model_type" is "siglip"');
  });
  assertThrows(() => clipPreprocessing({ crop_size: 336 }, 224), RangeError, '"crop_size"');
  assertThrows(() => clipPreprocessing({ resample: 2 }, 224), RangeError, '"resample" is 2');
  assertThrows(() => clipPreprocessing({ size: 200 }, 224), RangeError, '"size" is 200');
  assertEquals(clipPreprocessing({ size: 224, crop_size: 224 }, 224).shortestEdge, 224);
});

Deno.test("clipFiles() takes ONNX encoders before safetensors, and names what is missing", () => {
  const all = [...SMALL, ...Object.values(KINDS).flat(), "pytorch_model.bin", "onnx/model.onnx"];
  assertEquals(clipFiles(all).files.toSorted(), [...SMALL, ...KINDS.ONNX].sort());
  const plain = [...SMALL, "model.safetensors", "onnx/text_model.onnx"];
  assertEquals(clipFiles(plain).files.toSorted(), [...SMALL, "model.safetensors"].sort());
  assertEquals(clipFiles(SMALL).missing, 'onnx/vision_model.onnx" or "model.safetensors');
  assertEquals(clipFiles(all.slice(1)).missing, "config.json");
});
