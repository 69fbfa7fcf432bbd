/**
 * Checkpoints that survive anything: each is written to a new file, and a pointer names the last
 * complete one.
 *
 * @module
 */
import { readSafetensors, writeSafetensors } from "../io/safetensors.ts";
import { writeAtomic } from "../io/files.ts";
import type { RawTensors } from "../models/weights.ts";

/** A stored point of a run. */
export interface Checkpoint {
  readonly tensors: RawTensors;
  /** Steps taken. */
  readonly steps: number;
}

const POINTER = "LAST";

/** Stores a checkpoint in `folder`, points to it, and removes the older ones. */
export async function saveCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const name = `step-${checkpoint.steps}.safetensors`;
  const { tensors, steps } = checkpoint;
  await writeSafetensors(`${folder}/${name}`, { tensors, metadata: { steps: String(steps) } });
  await writeAtomic(`${folder}/${POINTER}`, name + "\n");
  for await (const entry of Deno.readDir(folder)) {
    if (/^step-\d+\.safetensors$/.test(entry.name) && entry.name !== name) {
      await Deno.remove(`${folder}/${entry.name}`);
    }
  }
}

/** The last complete checkpoint of `folder`, or `undefined` when there is none. */
export async function loadCheckpoint(folder: string): Promise<Checkpoint | undefined> {
  let name: string;
  try {
    name = (await Deno.readTextFile(`${folder}/${POINTER}`)).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const { tensors, metadata } = await readSafetensors(`${folder}/${name}`);
  return { tensors, steps: Number(metadata.steps) };
}
