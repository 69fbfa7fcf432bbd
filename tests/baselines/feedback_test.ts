import { assertEquals, assertThrows } from "@std/assert";
import {
  FEEDBACK_CONTENTS,
  feedbackPrompts,
  pickBest,
  pickSamples,
  samplePairs,
} from "../../lib/baselines/feedback.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { Random } from "../../lib/engine/random.ts";
import { PAPER_TEMPLATE } from "../../lib/style/template.ts";
import { tinyImage, tinyMuse } from "../generate/tiny_muse.ts";

const image = tinyImage();
const SAMPLES = ["a", "a", "a", "b", "b", "b"].map((prompt) => ({ prompt, image }));

Deno.test("pickBest() takes the best sample of every prompt, of equal ones the first", () => {
  assertEquals(pickBest(SAMPLES, [1, 3, 2, 0.1, 0.1, -1]), [1, 3]);
  assertEquals(pickBest([], []), []);
});

Deno.test("pickSamples() at random takes one of every prompt, and each of them at times", async () => {
  const picked = await Promise.all(
    Array.from({ length: 40 }, (_, i) => pickSamples(SAMPLES, image, "random", new Random(i))),
  );
  picked.forEach(([a, b], i) => {
    assertEquals([a! < 3, b! >= 3, picked[i]!.length], [true, true, 2]);
  });
  assertEquals(new Set(picked.flat()).size, 6);
});

Deno.test("the paper's thirty contents become prompts in a style", () => {
  assertEquals(FEEDBACK_CONTENTS.length, 30);
  assertEquals(new Set(FEEDBACK_CONTENTS).size, 30);
  const prompts = feedbackPrompts(FEEDBACK_CONTENTS, "oil painting", PAPER_TEMPLATE);
  assertEquals(prompts[2], "an apple on the table in oil painting style");
  assertThrows(() => feedbackPrompts(["a cat"], "x", "{concept}"), SyntaxError, "{style}");
});

Deno.test("samplePairs() gives each sample its own prompt and tokens", async () => {
  await useEngine("cpu");
  const muse = tinyMuse(), dark = { ...image, data: image.data.map((level) => level / 2) };
  const pairs = await samplePairs(muse, [{ prompt: "a", image }, { prompt: "b", image: dark }]);
  assertEquals(pairs.map(({ kind, text }) => [kind, text]), [["full", "a"], ["full", "b"]]);
  const ids = muse.encodeImage([dark]);
  assertEquals([...pairs[1]!.variants[0]!], [...await ids.data()]);
  ids.dispose();
  muse.dispose();
});
