/** Precisions in which checkpoints are published, as diffusers names them. */
export const VARIANTS = ["fp32", "fp16"] as const;

/** See {@linkcode VARIANTS}. */
export type Variant = typeof VARIANTS[number];

const SHARD = /^-\d{5}-of-(\d{5})\.safetensors$/;

/**
 * The files that hold a model's weights: one file, or all its shards. The variant that is asked for
 * is taken where it exists and the other one where it does not, so that a checkpoint in one
 * precision is never refused for want of the other.
 *
 * The index beside shards is not needed: the shards' names tell how many there are, and their
 * headers which tensors they hold.
 *
 * @param names The names in the model's folder.
 * @param file The name of the full precision in one file, such as `model.safetensors`.
 * @returns Sorted names; none when no variant is complete.
 */
export function weightFiles(
  names: readonly string[],
  file: string,
  variant: Variant = "fp32",
): string[] {
  const stem = file.replace(/\.safetensors$/, "");
  const stems = variant === "fp16" ? [`${stem}.fp16`, stem] : [stem, `${stem}.fp16`];
  for (const one of stems) {
    if (names.includes(`${one}.safetensors`)) return [`${one}.safetensors`];
    const shards = names.filter((name) =>
      name.startsWith(one) && SHARD.test(name.slice(one.length))
    );
    const count = Number(SHARD.exec(shards[0]?.slice(one.length) ?? "")?.[1]);
    if (shards.length > 0 && shards.length === count) return shards.sort();
  }
  return [];
}
