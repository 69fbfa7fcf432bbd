import * as tf from "@tensorflow/tfjs";
import { CLIP_ONNX } from "../models/clip_files.ts";
import {
  clipText,
  type ClipTextConfig,
  clipTextConfig,
  clipTextShapes,
  clipVision,
  type ClipVisionConfig,
  clipVisionConfig,
  clipVisionShapes,
} from "../models/clip.ts";
import { loadModel, type Model } from "../models/muse.ts";
import { TRANSFORMERS_FILE } from "../models/muse_files.ts";
import { disposeWeights } from "../models/weights.ts";

/** The two encoders of a CLIP; embeddings are not normalised. */
export interface ClipEncoders {
  /** [B, S, S, 3] -> [B * P] */
  images(pixels: Float32Array, count: number): Promise<Float32Array>;
  /** [B, T] -> [B * P] */
  texts(ids: Int32Array, count: number): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** The config of a whole CLIP (transformers `CLIPConfig`). */
export interface ClipConfig {
  readonly text: ClipTextConfig;
  readonly vision: ClipVisionConfig;
}

/** What `config.json` of a whole CLIP holds. */
export interface ClipFile {
  readonly model_type?: string;
  readonly projection_dim?: number;
  readonly text_config?: Partial<ClipTextConfig>;
  readonly vision_config?: Partial<ClipVisionConfig>;
}

/** Fills in transformers' defaults; throws `RangeError` if the config cannot be run. */
export function clipConfig(file: ClipFile): ClipConfig {
  const { projection_dim = 512, text_config, vision_config } = file;
  return {
    text: clipTextConfig({ ...text_config, projection_dim }),
    vision: clipVisionConfig({ ...vision_config, projection_dim }),
  };
}

/** The encoders of `model.safetensors`, run on the current engine. */
export async function tensorEncoders(folder: string): Promise<ClipEncoders> {
  const common = { file: TRANSFORMERS_FILE, architecture: "CLIPModel" };
  const text: Model<ClipTextConfig> = await loadModel(folder, {
    ...common,
    complete: (file: ClipFile) => clipConfig(file).text,
    shapesOf: clipTextShapes,
    ignore: /^vision_model\.|^visual_projection\.|^logit_scale$|\.position_ids$/,
  });
  const vision: Model<ClipVisionConfig> = await loadModel(folder, {
    ...common,
    complete: (file: ClipFile) => clipConfig(file).vision,
    shapesOf: clipVisionShapes,
    ignore: /^text_model\.|^text_projection\.|^logit_scale$|\.position_ids$/,
  });
  const { image_size: side } = vision.config;
  const read = async (embed: () => tf.Tensor) => {
    const tensor = tf.tidy(embed);
    const values = await tensor.data() as Float32Array;
    tensor.dispose();
    return values;
  };
  return {
    images: (pixels, count) =>
      read(() =>
        clipVision(vision.weights, vision.config, tf.tensor4d(pixels, [count, side, side, 3]))
          .pooled
      ),
    texts: (ids, count) =>
      read(() => {
        const rows = tf.tensor2d(ids, [count, ids.length / count], "int32");
        return clipText(text.weights, text.config, rows).pooled;
      }),
    dispose() {
      disposeWeights(text.weights);
      disposeWeights(vision.weights);
      return Promise.resolve();
    },
  };
}

/**
 * The encoders of a folder's `onnx/`, run by transformers.js whatever the engine is. Its own image
 * processor is not used: it shrinks without antialiasing.
 *
 * @throws {TypeError} If ONNX Runtime refuses a file.
 */
export async function onnxEncoders(folder: string, { vision }: ClipConfig): Promise<ClipEncoders> {
  // loaded here, since nothing else needs it
  const { CLIPTextModelWithProjection, CLIPVisionModelWithProjection, env, Tensor } = await import(
    "@huggingface/transformers"
  );
  const [parent, name] = splitPath(await Deno.realPath(folder));
  env.localModelPath = parent;
  env.allowRemoteModels = false; // what is missing was fetched before, and checked
  const options = { dtype: "fp32", local_files_only: true } as const;
  const open = <M>(encoder: { from_pretrained: (name: string, o: typeof options) => Promise<M> }) =>
    encoder.from_pretrained(name, options).catch((error) => {
      throw new TypeError(`Cannot load "${folder}": ${(error as Error).message}`);
    });
  const text = await open(CLIPTextModelWithProjection);
  const image = await open(CLIPVisionModelWithProjection);
  const side = vision.image_size;
  return {
    async images(pixels, count) {
      const data = channelsFirst(pixels, side);
      const pixel_values = new Tensor("float32", data, [count, 3, side, side]);
      return (await image({ pixel_values })).image_embeds.data;
    },
    async texts(ids, count) {
      const input_ids = new Tensor("int64", BigInt64Array.from(ids, BigInt), [
        count,
        ids.length / count,
      ]);
      return (await text({ input_ids })).text_embeds.data;
    },
    async dispose() {
      await text.dispose();
      await image.dispose();
    },
  };
}

/** Whether a folder has {@linkcode CLIP_ONNX}. */
export async function hasOnnx(folder: string): Promise<boolean> {
  const found = await Promise.all(
    Object.values(CLIP_ONNX).map((path) =>
      Deno.stat(`${folder}/${path}`).then((info) => info.isFile, () => false)
    ),
  );
  return found.every(Boolean);
}

/** [B, S, S, 3] -> [B, 3, S, S] */
function channelsFirst(pixels: Float32Array, side: number): Float32Array {
  const plane = side * side, out = new Float32Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const pixel = Math.floor(i / 3), image = Math.floor(pixel / plane);
    out[(image * 3 + i % 3) * plane + pixel % plane] = pixels[i]!;
  }
  return out;
}

function splitPath(path: string): [parent: string, name: string] {
  const at = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return [path.slice(0, at + 1), path.slice(at + 1)];
}
