import { readJson } from "../../lib/io/files.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { clipFeedback } from "../../lib/score/feedback.ts";
import type { Judge } from "../../lib/score/judge.ts";
import type { World } from "../../lib/world/mod.ts";
import { type Cell, cellOf, makeImages } from "../study/cell.ts";
import { canonicalJson } from "../study/cells.ts";
import { yardstick } from "../study/evaluate.ts";
import type { StudyMethod } from "../study/methods.ts";
import { cellPath } from "../study/run_study.ts";
import type { Hashes } from "../study/run_folder.ts";
import { openTask } from "../study/task.ts";
import type { Finding } from "./finding.ts";
import type { RecordedRun, Row } from "./recorded_run.ts";

/** The run's model on the current engine, and what scores. */
export interface Means {
  readonly muse: Muse;
  readonly judge: Judge;
  readonly world: World;
  /** Hashes of the model's files as they are now. */
  readonly inputs: Hashes;
}

/** Another processor adds in another order: losses moved by 2e-6 from Intel to AMD, no token. */
const ROUNDING = 1e-4;

/**
 * Tunes, draws and scores a row in one style again, and the untuned model's, and compares tokens,
 * losses and scores with the stored cells: tokens exactly, losses and scores to 1e-4.
 */
export async function compareRow(run: RecordedRun, row: Row, means: Means): Promise<Finding> {
  const { muse, judge, world, inputs } = means;
  const { config, study } = run;
  const compared = [`model: ${Object.keys(run.inputs).length} files, by SHA-256`];
  const moved = firstDifference(run.inputs, inputs, "model");
  if (moved !== undefined) return { compared, difference: moved };
  const task = await openTask(muse, world, row.style, config.prompts, study.seed);
  const to = await yardstick(judge, task);
  const rate = clipFeedback(judge);
  const make = ({ method }: StudyMethod) =>
    makeImages(muse, method, task, config, study.seed, undefined, rate);
  const untuned = await make(row.untuned);
  for (const entry of new Set([row.untuned, row.method])) {
    const path = cellPath(run.folder, { ...study, config, inputs }, row.style, entry);
    const stored = await readJson<{ result?: Cell }>(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    if (!stored?.result) return { compared, difference: `"${path}" is missing` };
    const made = entry === row.untuned ? untuned : await make(entry);
    const cell = await cellOf(judge, to, task, entry.method, made, untuned);
    compared.push(
      `${row.style}, ${entry.method.id}: ${cell.ids.length} tokens, ${cell.losses.length} losses, ` +
        `${cell.images.length} scored images`,
    );
    const [was, is] = [timeless(stored.result), timeless(cell)];
    const difference = firstDifference(was, is, entry.method.id, ROUNDING);
    if (difference !== undefined) return { compared, difference };
  }
  return { compared };
}

/** A cell without the seconds it took, as JSON keeps it. */
function timeless(cell: Cell): unknown {
  const { tuneSeconds: _, sampleSeconds: __, ...rest } = cell;
  return JSON.parse(canonicalJson(rest));
}

/**
 * Where two JSON values part first, in words; undefined if they are equal, numbers up to `tolerance`.
 */
export function firstDifference(
  was: unknown,
  is: unknown,
  where: string,
  tolerance = 0,
): string | undefined {
  if (isNested(was) && isNested(is)) {
    for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
      const difference = firstDifference(was[key], is[key], `${where}.${key}`, tolerance);
      if (difference !== undefined) return difference;
    }
    return;
  }
  const close = typeof was === "number" && typeof is === "number" &&
    Math.abs(was - is) <= tolerance;
  if (!close && canonicalJson(was) !== canonicalJson(is)) {
    const text = (value: unknown) => isNested(value) ? "a list or object" : JSON.stringify(value);
    return `${where} was ${text(was)}, is ${text(is)}`;
  }
}

function isNested(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
