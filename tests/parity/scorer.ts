/**
 * A whole CLIP beside transformers: pictures of any size and captions to unit vectors.
 *
 * @module
 */
import { readJson } from "../../lib/io/files.ts";
import type { Image } from "../../lib/io/image.ts";
import { clipPixels, clipPreprocessing } from "../../lib/models/clip_preprocess.ts";
import { loadTokenizer } from "../../lib/models/tokenizer.ts";
import {
  clipConfig,
  type ClipEncoders,
  onnxEncoders,
  tensorEncoders,
} from "../../lib/score/clip_encoders.ts";
import { ClipScorer } from "../../lib/score/clip_scorer.ts";
import type { Fixture } from "../models/fixture.ts";
import type { Component } from "./components.ts";
import { deviation, type Expected, type Measured } from "./measure.ts";

const FOLDER = new URL("../models/fixtures/clip", import.meta.url).pathname;
const CONFIG = clipConfig(await readJson(`${FOLDER}/config.json`));
const PREPROCESSING = clipPreprocessing(
  await readJson(`${FOLDER}/preprocessor_config.json`),
  CONFIG.vision.image_size,
);
const ROW = { fixture: "clip/expected", library: "transformers", limit: 1e-4 } as const;

const textsOf = ({ config }: Fixture) => config["texts"] as string[];

/** The fixture's pictures, one for each of its texts. */
function picturesOf(fixture: Fixture): Promise<Image[]> {
  return Promise.all(
    textsOf(fixture).map(async (_, i) => {
      const levels = fixture.input(`image.${i}`), [height, width] = levels.shape;
      return { width: width!, height: height!, data: Uint8Array.from(await levels.data()) };
    }),
  );
}

/** The largest deviation of rows of numbers. */
function compareRows(pairs: readonly [readonly Float32Array[], Expected][]): Measured {
  let error = 0, count = 0;
  for (const [rows, wanted] of pairs) {
    error = Math.max(error, deviation(rows.flatMap((row) => [...row]), wanted.data));
    count += wanted.data.length;
  }
  return { error, count };
}

async function embeddings(fixture: Fixture, encoders: ClipEncoders): Promise<Measured> {
  const scorer = new ClipScorer(encoders, await loadTokenizer(FOLDER), PREPROCESSING);
  const images = await scorer.embedImages(await picturesOf(fixture));
  const texts = await scorer.embedTexts(textsOf(fixture));
  await scorer.dispose();
  return compareRows([[images, fixture.expected("images")], [texts, fixture.expected("texts")]]);
}

/** The scorer's rows of the parity table. */
export const SCORER: readonly Component[] = [{
  ...ROW,
  title: "CLIPImageProcessor with Pillow: pixels",
  async measure(fixture) {
    const pictures = await picturesOf(fixture);
    return compareRows(pictures.map((picture, i) => {
      return [[clipPixels(picture, PREPROCESSING)], fixture.expected(`pixels.${i}`)];
    }));
  },
}, {
  ...ROW,
  title: "CLIP scorer, safetensors: pictures and captions",
  measure: async (fixture) => embeddings(fixture, await tensorEncoders(FOLDER)),
}, {
  ...ROW,
  title: "CLIP scorer, ONNX: pictures and captions",
  measure: async (fixture) => embeddings(fixture, await onnxEncoders(FOLDER, CONFIG)),
}];
