/**
 * Measures whether the IP-Adapter reads the image, on scenes that no training saw.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { Random } from "../../lib/engine/random.ts";
import { type IpAdapterConfig, loadIpAdapter } from "../../lib/models/ip_adapter.ts";
import { maskedCrossEntropy } from "../../lib/models/loss.ts";
import { loadMuse, type Model, type Muse } from "../../lib/models/muse.ts";
import { disposeWeights } from "../../lib/models/weights.ts";
import { captionOf, HELD_OUT_STYLES, openWorld, type World } from "../../lib/world/mod.ts";
import { VALIDATION_STYLES } from "../study/presets.ts";
import { type Bar, mean, report, unseenScenes } from "./evaluate.ts";
import { IP_ADAPTER_STYLES, ipAdapterLogits } from "./ip_adapter.ts";
import { CELLS } from "./pool.ts";
import { LENGTH } from "./tokenizer.ts";
import { maskTokens } from "./transformer.ts";

/** Whose image a scene is read with. */
const IMAGES = ["its own image", "another image of its style", "the zero image"] as const;

/** Masked loss with the scene's own image, with another one of its style, and without any. */
export async function evaluateIpAdapter(folder: string): Promise<void> {
  const muse = await loadMuse(folder), world = await openWorld();
  const adapter = await loadIpAdapter(folder, muse.transformer.config);
  const bars: Bar[] = [];
  const groups = {
    "trained styles": IP_ADAPTER_STYLES,
    "validation styles": VALIDATION_STYLES,
    "held-out styles": HELD_OUT_STYLES,
  };
  for (const [name, styles] of Object.entries(groups)) {
    const losses = await maskedLosses(muse, adapter, world, styles);
    losses.forEach((values, i) => bars.push(mean(`loss with ${IMAGES[i]}, ${name}`, values)));
    const none = losses[2]!;
    for (const i of [0, 1]) {
      const gains = losses[i]!.map((loss, k) => none[k]! - loss);
      bars.push(mean(`nats gained by ${IMAGES[i]}, ${name}`, gains));
    }
  }
  await report("ip-adapter", bars);
  disposeWeights(adapter.weights);
  muse.dispose();
}

/** Scenes per group of styles, and per forward pass. */
const SCENES = 192, BATCH = 32;

/** Cross-entropy of masked tokens of each scene, nats per token, with each of {@linkcode IMAGES}. */
async function maskedLosses(
  muse: Muse,
  { weights, config }: Model<IpAdapterConfig>,
  { render }: World,
  styles: readonly string[],
): Promise<number[][]> {
  // two scenes of each style in turn, so that each stands beside another one of its style
  const scenes = styles.flatMap((style, i) => {
    const count = 2 * Math.ceil(SCENES / styles.length / 2);
    return unseenScenes(count, { styles: [style], objects: 1, heldOut: false, seed: 20 + i });
  });
  const random = new Random("masked loss");
  const losses: number[][] = IMAGES.map(() => []);
  for (let from = 0; from < scenes.length; from += BATCH) {
    const batch = scenes.slice(from, from + BATCH), count = batch.length;
    const encoded = muse.encodeImage(batch.map((scene) => render(scene).image));
    const ids = await encoded.data(), tokens = Uint16Array.from(ids);
    encoded.dispose();
    const masked = batch.map((_, i) =>
      maskTokens(tokens.subarray(i * LENGTH, (i + 1) * LENGTH), new Uint8Array(CELLS), random, 1)
    );
    const beside = Int32Array.from(
      tokens,
      (_, i) => tokens[(Math.floor(i / LENGTH) ^ 1) * LENGTH + i % LENGTH]!,
    );
    const words = muse.tokenizer.encode(batch.map(captionOf));
    for (const [i, image] of [ids as Int32Array, beside, beside].entries()) {
      const values = tf.tidy(() => {
        const grid = (data: Int32Array) => tf.tensor2d(data, [count, LENGTH], "int32");
        const logits = ipAdapterLogits(muse, weights, config, {
          ids: grid(Int32Array.from(masked.flatMap(({ ids }) => [...ids]))),
          words: tf.tensor2d(words, [count, muse.tokenizer.length], "int32"),
          image: grid(image),
          seen: tf.fill([count, 1], i < 2 ? 1 : 0),
        });
        return tf.stack(masked.map(({ holes }, row) =>
          maskedCrossEntropy(
            tf.slice(logits, [row, 0, 0], [1, -1, -1]),
            tf.tensor2d(ids.subarray(row * LENGTH, (row + 1) * LENGTH), [1, LENGTH], "int32"),
            tf.tensor2d(holes, [1, LENGTH]),
          )
        ));
      });
      losses[i]!.push(...await values.data());
      values.dispose();
    }
  }
  return losses;
}
