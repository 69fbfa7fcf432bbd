/**
 * Checkpoints that survive anything. Each is a file that gets its name when it is whole and on the
 * disk; a pointer names the newest, and the one before it is kept, should the newest be lost or damaged.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { isTemporary, writeAtomic, writing } from "../io/files.ts";
import { readSafetensors, writeSafetensors } from "../io/safetensors.ts";
import type { RawTensors } from "../models/weights.ts";

/** A stored point of a run. */
export interface Checkpoint {
  readonly tensors: RawTensors;
  /** Steps taken. */
  readonly steps: number;
}

const POINTER = "LAST";

/**
 * Stores a checkpoint in `folder`, which only one run may use at a time, and points to it. Only it and
 * the one before it stay: those of more steps belong to a run that was given up, and go.
 *
 * @throws {WriteError} If it cannot be written; the earlier ones are then untouched.
 */
export async function saveCheckpoint(folder: string, checkpoint: Checkpoint): Promise<void> {
  const { tensors, steps } = checkpoint;
  const metadata = { steps: String(steps), sha256: digest(tensors) };
  await writeSafetensors(`${folder}/${nameOf(steps)}`, { tensors, metadata });
  await writeAtomic(`${folder}/${POINTER}`, nameOf(steps) + "\n");
  const before = (await storedSteps(folder)).find((stored) => stored < steps);
  await writing(folder, async () => {
    for await (const { name } of Deno.readDir(folder)) {
      const stored = stepsOf(name);
      const old = stored !== undefined && stored !== steps && stored !== before;
      if (old || isTemporary(name)) await Deno.remove(`${folder}/${name}`);
    }
  });
}

/**
 * The newest whole checkpoint of `folder`, or `undefined` when there is none.
 *
 * @param warn Told in one line if it is not the newest that was stored; stderr unless given.
 * @throws {RangeError} If there are checkpoints and none is whole.
 */
export async function loadCheckpoint(
  folder: string,
  warn: (line: string) => void = console.error,
): Promise<Checkpoint | undefined> {
  const stored = await storedSteps(folder), newest = await newestSteps(folder);
  let fault = newest === undefined || stored.includes(newest)
    ? undefined
    : `Cannot find "${folder}/${nameOf(newest)}"`;
  for (const steps of stored) {
    if (fault !== undefined) warn(`${fault}; going back to the checkpoint of step ${steps}`);
    try {
      return await readWhole(folder, steps);
    } catch (error) {
      fault = (error as Error).message;
    }
  }
  if (stored.length > 0) throw new RangeError(`${fault}; "${folder}" has no checkpoint before it`);
}

/** Stores the states of a run, one every so often. */
export class CheckpointWriter {
  readonly #folder: string;
  readonly #milliseconds: number;
  #saved = performance.now();

  /** @param seconds Between two checkpoints; 0 stores every state. */
  constructor(folder: string, seconds: number) {
    this.#folder = folder;
    this.#milliseconds = 1000 * seconds;
  }

  /** Stores a state if the last one is old enough, or `now`; throws as {@linkcode saveCheckpoint}. */
  async offer(state: () => Promise<Checkpoint>, now = false): Promise<void> {
    if (!now && performance.now() - this.#saved < this.#milliseconds) return;
    await saveCheckpoint(this.#folder, await state());
    this.#saved = performance.now();
  }
}

/** Reads a checkpoint; throws if it is not what was stored under the name. */
async function readWhole(folder: string, steps: number): Promise<Checkpoint> {
  const path = `${folder}/${nameOf(steps)}`;
  const { tensors, metadata } = await readSafetensors(path);
  const { sha256 = digest(tensors) } = metadata; // older ones have none
  if (metadata.steps === String(steps) && sha256 === digest(tensors)) return { tensors, steps };
  throw new RangeError(`Cannot read "${path}": it is damaged`);
}

/** The SHA-256 of all names and numbers. */
function digest(tensors: RawTensors): string {
  const hash = createHash("sha256");
  for (const name of [...tensors.keys()].sort()) {
    const { data } = tensors.get(name)!;
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

function nameOf(steps: number): string {
  return `step-${steps}.safetensors`;
}

function stepsOf(name: string): number | undefined {
  const digits = /^step-(\d+)\.safetensors$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The steps of the checkpoints in a folder, most first; none if it is missing. */
async function storedSteps(folder: string): Promise<number[]> {
  try {
    const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    return names.flatMap((name) => stepsOf(name) ?? []).sort((a, b) => b - a);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The steps that the pointer tells, if it is there and can be read. */
async function newestSteps(folder: string): Promise<number | undefined> {
  const name = await Deno.readTextFile(`${folder}/${POINTER}`).catch(() => "");
  return stepsOf(name.trim());
}
