import { assertAlmostEquals, assertEquals } from "@std/assert";
import { clipFeedback } from "../../lib/score/feedback.ts";
import type { Scorer } from "../../lib/score/scorer.ts";

/** A space of three axes: "cat", "dog" and style, by the level of an image's single pixel. */
const AXES: Readonly<Record<string, number[]>> = { cat: [1, 0, 0], dog: [0, 1, 0] };
const LEVELS = [[1, 0, 0], [0.8, 0, 0.6], [0, 0.6, 0.8], [0, 0, 1]];
const SCORER: Scorer = {
  embedTexts: (texts) => Promise.resolve(texts.map((text) => Float32Array.from(AXES[text]!))),
  embedImages: (images) =>
    Promise.resolve(images.map(({ data }) => Float32Array.from(LEVELS[data[0]!]!))),
};
const image = (level: number) => ({ width: 1, height: 1, data: Uint8Array.of(level, 0, 0) });
const SAMPLES = [
  { prompt: "cat", image: image(0) },
  { prompt: "cat", image: image(1) },
  { prompt: "dog", image: image(2) },
];

Deno.test("clipFeedback() by text rates each sample with its own prompt alone", async () => {
  const ratings = await clipFeedback(SCORER)(SAMPLES, image(3), "text");
  [1, 0.8, 0.6].forEach((cosine, i) => assertAlmostEquals(ratings[i]!, cosine, 1e-6));
});

Deno.test("clipFeedback() by the harmonic mean also asks for the reference's style", async () => {
  const ratings = await clipFeedback(SCORER)(SAMPLES, image(3), "harmonic");
  assertEquals(ratings[0], 0); // all cat and no style
  [0, 0.96 / 1.4, 0.96 / 1.4].forEach((mean, i) => assertAlmostEquals(ratings[i]!, mean, 1e-6));
});
