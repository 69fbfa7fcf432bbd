/**
 * The CLIP table: Text and Style of every method, beside the numbers published for the real Muse.
 *
 * COMMAND   deno task clip-table [--preset quick|standard|paper] [--style NAME|all] [--rows ID,ID] [--engine E]
 *           [--seed N] [--out DIR] [--resume]
 * MINUTES   quick: 4 on 2 cores
 * WRITES    as `deno task ablation` does
 *
 * The published numbers come from another model, another judge and other images: only their order can
 * be compared. FineStyle's own are published as a picture only, without readable values.
 *
 * @module
 */
import { runCommand } from "../lib/show/command.ts";
import { alignCells } from "../lib/show/table.ts";
import { studyMain } from "./study/command.ts";
import { clipTableMethods } from "./study/methods.ts";

/** CLIP scores on Muse-3B, as StyleDrop's paper gives them (Sohn et al. 2023, section 4.2). */
export const PUBLISHED = [
  { row: "Muse, untuned", text: 0.323, style: 0.556 },
  { row: "StyleDrop, round 1", text: 0.313, style: 0.705 },
  { row: "StyleDrop, human feedback", text: 0.322, style: 0.694 },
  { row: "StyleDrop, CLIP feedback", text: 0.329, style: 0.673 },
] as const;

/** What must stand beside a row of `styledrop-cf`. */
export const PICKED_BY_SCORER =
  "styledrop-cf was tuned on samples picked by what scores it here: its Text is flattered.";

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  await studyMain({
    name: "clip-table",
    summary: "CLIP scores of every method",
    methods: clipTableMethods,
  }, args);
  const rows = PUBLISHED.map(({ row, text, style }) => [row, text.toFixed(3), style.toFixed(3)]);
  const header = ["published, Muse-3B", "Text", "Style"];
  console.log(`\n${alignCells([header, ...rows], [true, false, false])}`);
  console.log(`\n${PICKED_BY_SCORER}`);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
