/**
 * The public API of the kit.
 *
 * @example
 * ```ts ignore
 * import { fineStyle, loadMuse, Random, readImage, useEngine } from "./lib/mod.ts";
 *
 * await useEngine();
 * const muse = await loadMuse("lib/pretrained/emoji-64");
 * const reference = { image: await readImage("mine.png"), caption: "a cat on a red background, in neon style" };
 * const tuned = await fineStyle().prepare(reference, muse, new Random(1));
 * const { images } = await tuned.generate({ prompts: ["a house, in neon style"] });
 * ```
 *
 * @module
 */
export * from "./engine/mod.ts";
export * from "./engine/random.ts";
export * from "./io/files.ts";
export * from "./io/hub_error.ts";
export * from "./io/image.ts";
export * from "./io/safetensors.ts";
export * from "./models/clip.ts";
export * from "./models/hooks.ts";
export * from "./models/model_folder.ts";
export * from "./models/muse.ts";
export * from "./models/tokenizer.ts";
export * from "./models/uvit.ts";
export * from "./models/vq.ts";
export * from "./models/weight_files.ts";
export * from "./generate/decode.ts";
export * from "./generate/guidance.ts";
export * from "./generate/mask_schedule.ts";
export * from "./generate/pipeline.ts";
export * from "./style/adapters.ts";
export * from "./style/adapter_files.ts";
export * from "./style/attention.ts";
export * from "./style/early_stop.ts";
export * from "./style/concepts.ts";
export * from "./style/lora_files.ts";
export * from "./style/personalize.ts";
export * from "./style/placements.ts";
export * from "./style/regions.ts";
export * from "./style/scaling.ts";
export * from "./style/tune.ts";
export * from "./style/tune_batch.ts";
export * from "./baselines/feedback.ts";
export * from "./baselines/finestyle.ts";
export * from "./baselines/ip_adapter.ts";
export * from "./baselines/method.ts";
export * from "./baselines/muse.ts";
export * from "./baselines/styledrop.ts";
export * from "./baselines/styledrop_feedback.ts";
export * from "./score/clip.ts";
export * from "./score/clip_scorer.ts";
export * from "./score/cmmd.ts";
export * from "./score/diversity.ts";
export * from "./score/feedback.ts";
export * from "./score/judge.ts";
export * from "./score/leakage.ts";
export * from "./score/oracle.ts";
export * from "./score/pattern.ts";
export * from "./score/roc.ts";
export * from "./score/scorer.ts";
export * from "./score/statistics.ts";
export * as world from "./world/mod.ts";
