import { Random } from "../../lib/engine/random.ts";
import type { Muse } from "../../lib/models/muse.ts";
import type { Interruption } from "../../lib/show/interruption.ts";
import { Progress } from "../../lib/show/progress.ts";
import type { Adapter } from "../../lib/style/adapters.ts";
import type { Pair } from "../../lib/style/scaling.ts";
import { tune, type TuneConfig } from "../../lib/style/tune.ts";
import { CheckpointWriter, loadCheckpoint } from "../../lib/train/checkpoint.ts";
import { hashOf } from "../study/cells.ts";
import type { Hashes } from "../study/run_folder.ts";

/** All that decides an adapter, besides the model that is loaded. */
export interface TuningJob {
  readonly pairs: readonly Pair[];
  readonly config: TuneConfig;
  readonly seed: number;
  readonly engine: string;
  /** Hashes of the model's files, and which of them were preferred. */
  readonly model: Hashes;
  readonly variant: string;
}

/** How a job is run. */
export interface TuningRun {
  /** The folder that its checkpoints go to. */
  readonly out: string;
  /** Goes on from there; where there is nothing to go on from, it says so and starts anew. */
  readonly resume: boolean;
  /** Seconds between checkpoints. */
  readonly saveEvery: number;
  readonly interruption: Interruption;
}

/** Where a job's checkpoints stand: only the same job finds them there. */
export function checkpointFolder(out: string, { pairs, ...job }: TuningJob): string {
  const seen = pairs.map(({ image: _, variants, maskable, ...pair }) => ({
    ...pair,
    variants: variants.map((tokens) => [...tokens]),
    maskable: maskable && [...maskable],
  }));
  return `${out}/checkpoint-${hashOf({ version: 1, ...job, pairs: seen })}`;
}

/**
 * Tunes a job with a bar, and stores checkpoints in {@linkcode checkpointFolder}.
 *
 * @returns The adapter, which the caller disposes.
 * @throws {Interrupted} If a signal has come; the state is stored before.
 */
export async function tuneResumably(
  muse: Muse,
  job: TuningJob,
  { out, resume, saveEvery, interruption }: TuningRun,
): Promise<Adapter> {
  const { pairs, config, seed } = job;
  const folder = checkpointFolder(out, job);
  const stored = resume ? await loadCheckpoint(folder) : undefined;
  if (resume) console.error(stored ? `Going on after step ${stored.steps}` : nothingIn(out));
  const progress = new Progress("tuning", config.steps, { done: stored?.steps ?? 0 });
  const checkpoints = new CheckpointWriter(folder, saveEvery);
  const { adapter, bestStep } = await tune(muse, pairs, config, {
    random: new Random(seed).split("tune"),
    ...(stored && { resume: stored }),
    async onStep({ loss, state }) {
      progress.advance(`loss ${loss.toFixed(2)}`);
      await checkpoints.offer(state);
      await interruption.check(() => checkpoints.offer(state, true));
    },
  });
  progress.finish();
  if (config.earlyStop) console.error(`Held-out tokens were known best after step ${bestStep}`);
  return adapter;
}

function nothingIn(out: string): string {
  return `Nothing to resume: "${out}" has no checkpoint of this model, image, caption and settings; ` +
    "starting anew";
}
