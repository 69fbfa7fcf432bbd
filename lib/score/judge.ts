/**
 * The judge: the small CLIP that scores images of EmojiWorld, with linear heads that name what it
 * sees. Style and colour are read off the image's embedding; concepts and decorations off every patch,
 * so that two things in one picture are both found.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { type Image, toTensor } from "../io/image.ts";
import {
  clipText,
  type ClipTextConfig,
  clipTextConfig,
  clipTextShapes,
  clipVision,
  type ClipVisionConfig,
  clipVisionConfig,
  clipVisionShapes,
  type ImageEncoding,
} from "../models/clip.ts";
import { linear } from "../models/layers.ts";
import { loadModel, type Model } from "../models/muse.ts";
import { loadTokenizer, type Tokenizer } from "../models/tokenizer.ts";
import { disposeWeights, type Shapes, type Weights } from "../models/weights.ts";
import { inBatches, unitRows } from "./embedding_rows.ts";
import type { Scorer } from "./scorer.ts";
import { COLOURS, CONCEPTS, DECORATIONS, HELD_OUT_STYLES, TRAINED_STYLES } from "../world/mod.ts";

/** What the judge reads off one image; every array holds probabilities in [0, 1]. */
export interface Reading {
  /** One independent probability per entry of `CONCEPTS`. */
  readonly concepts: Float32Array;
  /** Softmax over the trained styles, then the held-out styles. */
  readonly style: Float32Array;
  /** Softmax over `COLOURS`, the colour of the background. */
  readonly colour: Float32Array;
  /** Softmax over `DECORATIONS`. */
  readonly decoration: Float32Array;
}

/** The model that scores images: a CLIP of its own, never the generator's text encoder. */
export interface Judge extends Scorer {
  /** What the linear heads find in each image. */
  read(images: readonly Image[]): Promise<Reading[]>;
  /** Where the heads find one concept of each image, by its place in `CONCEPTS`. */
  locate(images: readonly Image[], concepts: readonly number[]): Promise<Place[]>;
}

/** The middle of something in an image, as shares of its sides from the top left. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The classes of each head, in order. */
export const HEAD_CLASSES = {
  concepts: CONCEPTS.map((concept) => concept.name),
  style: [...TRAINED_STYLES, ...HELD_OUT_STYLES],
  colour: Object.keys(COLOURS),
  decoration: [...DECORATIONS],
} as const satisfies Readonly<Record<keyof Reading, readonly string[]>>;

const HEADS = Object.keys(HEAD_CLASSES) as (keyof Reading)[];

/** Heads that read patches; an image's logit is the log of the summed odds of its patches. */
const PLACED: readonly (keyof Reading)[] = ["concepts", "decoration"];

/** The config of the heads: the widths of what they read. */
export interface HeadsConfig {
  /** Width of the embedding, `P`. */
  readonly projection_dim: number;
  /** Width of a patch, `D`. */
  readonly hidden_size: number;
}

/** The shape of each head's tensors: `concepts.weight` [120, D], `concepts.bias` [120], ... */
export function headShapes({ projection_dim, hidden_size }: HeadsConfig): Shapes {
  return new Map(HEADS.flatMap((head): [string, number[]][] => {
    const classes = HEAD_CLASSES[head].length;
    const width = PLACED.includes(head) ? hidden_size : projection_dim;
    return [[`${head}.weight`, [classes, width]], [`${head}.bias`, [classes]]];
  }));
}

/** What the heads give before sigmoid and softmax. */
export interface HeadLogits extends Record<keyof Reading, tf.Tensor2D> {
  /** Of each concept at each patch, [B, patches, 120]; `concepts` is their log-sum-exp. */
  readonly conceptsAt: tf.Tensor3D;
}

/** The logits of each head. */
export function headLogits(weights: Weights, { pooled, patches }: ImageEncoding): HeadLogits {
  const everywhere = (head: keyof Reading) => linear(weights, head, patches) as tf.Tensor3D;
  const conceptsAt = everywhere("concepts");
  return {
    conceptsAt,
    concepts: tf.logSumExp(conceptsAt, 1) as tf.Tensor2D,
    decoration: tf.logSumExp(everywhere("decoration"), 1) as tf.Tensor2D,
    style: linear(weights, "style", pooled) as tf.Tensor2D,
    colour: linear(weights, "colour", pooled) as tf.Tensor2D,
  };
}

/** The judge of a model folder. */
export class ClipJudge implements Judge {
  constructor(
    readonly image: Model<ClipVisionConfig>,
    readonly text: Model<ClipTextConfig>,
    readonly heads: Model<HeadsConfig>,
    readonly tokenizer: Tokenizer,
  ) {}

  /** Unit vectors, one per image. */
  embedImages(images: readonly Image[]): Promise<Float32Array[]> {
    return inBatches(images, (batch) => unitRows(this.#encode(batch).pooled));
  }

  /** Unit vectors, one per text. */
  embedTexts(texts: readonly string[]): Promise<Float32Array[]> {
    const { weights, config } = this.text;
    return inBatches(texts, (batch) => {
      const shape: [number, number] = [batch.length, this.tokenizer.length];
      const ids = tf.tensor2d(this.tokenizer.encode(batch), shape, "int32");
      return unitRows(clipText(weights, config, ids).pooled);
    });
  }

  /** What the heads find. */
  async read(images: readonly Image[]): Promise<Reading[]> {
    const rows = await inBatches(images, (batch) => {
      const logits = headLogits(this.heads.weights, this.#encode(batch));
      return tf.concat([
        tf.sigmoid(logits.concepts),
        tf.softmax(logits.style),
        tf.softmax(logits.colour),
        tf.softmax(logits.decoration),
      ], 1) as tf.Tensor2D;
    });
    return rows.map((row) => {
      let from = 0;
      return Object.fromEntries(HEADS.map((head) => {
        const to = from + HEAD_CLASSES[head].length;
        const part = row.slice(from, to);
        from = to;
        return [head, part];
      })) as unknown as Reading;
    });
  }

  /** The mean patch of each image, weighed by the concept's odds there. */
  async locate(images: readonly Image[], concepts: readonly number[]): Promise<Place[]> {
    const maps = await inBatches(
      images.map((image, i) => ({ image, concept: concepts[i]! })),
      (batch) => {
        const { conceptsAt } = headLogits(
          this.heads.weights,
          this.#encode(batch.map((b) => b.image)),
        );
        const own = tf.oneHot(batch.map((b) => b.concept), HEAD_CLASSES.concepts.length);
        const logits = tf.sum(tf.mul(conceptsAt, tf.expandDims(own, 1)), 2); // [B, patches]
        return tf.softmax(logits) as tf.Tensor2D;
      },
    );
    return maps.map(centre);
  }

  #encode(images: readonly Image[]): ImageEncoding {
    return clipVision(this.image.weights, this.image.config, toTensor(images));
  }

  /** Disposes the weights. */
  dispose(): void {
    for (const model of [this.image, this.text, this.heads]) disposeWeights(model.weights);
  }
}

/** The mean of the places of a square grid's cells, weighed: shares that sum to 1, row-major. */
function centre(shares: Float32Array): Place {
  const side = Math.sqrt(shares.length);
  let x = 0, y = 0;
  shares.forEach((share, i) => {
    x += share * (i % side + 0.5) / side;
    y += share * (Math.floor(i / side) + 0.5) / side;
  });
  return { x, y };
}

/** The names of the judge's parts below a model folder. */
export const JUDGE_PARTS = Object.freeze({
  image: "judge/image_encoder",
  text: "judge/text_encoder",
  heads: "judge/heads",
});

/** The file of each part's weights. */
export const JUDGE_FILE = "model.safetensors";

/**
 * Loads the judge of a model folder such as `lib/pretrained/emoji-64`.
 *
 * @throws {TypeError} If a file does not hold exactly the tensors its config wants.
 */
export async function loadJudge(folder: string): Promise<ClipJudge> {
  const at = (part: keyof typeof JUDGE_PARTS) => `${folder}/${JUDGE_PARTS[part]}`;
  return new ClipJudge(
    await loadModel(at("image"), {
      ...{ file: JUDGE_FILE, architecture: "CLIPVisionModelWithProjection" },
      ...{ complete: clipVisionConfig, shapesOf: clipVisionShapes },
    }),
    await loadModel(at("text"), {
      ...{ file: JUDGE_FILE, architecture: "CLIPTextModelWithProjection" },
      ...{ complete: clipTextConfig, shapesOf: clipTextShapes },
    }),
    await loadModel<HeadsConfig>(at("heads"), {
      file: JUDGE_FILE,
      complete: (config) => config as HeadsConfig,
      shapesOf: headShapes,
    }),
    await loadTokenizer(`${folder}/tokenizer`),
  );
}
