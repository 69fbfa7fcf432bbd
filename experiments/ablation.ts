/**
 * Placement x data scaling: which adapter, on which pairs, learns a style without its content.
 *
 * COMMAND   deno task ablation [--preset quick|standard|paper] [--style NAME|all] [--rows ID,ID] [--engine E]
 *           [--seed N] [--out DIR] [--resume]
 * MINUTES   quick: 2 to 4 on 2 cores
 * WRITES    config.json, metrics.jsonl, manifest.json, table.{json,md,csv}, comparisons.json,
 *           images/, figures/, cells/
 *
 * Rows: the untuned Muse; StyleDrop; FineStyle without data scaling; FineStyle; FineStyle with its
 * adapters on self-attention's keys and values, and on the MLP. All rows see the same prompts and
 * seeds. A finished cell (style x method) is kept under the hash of its config, and `--resume` takes
 * it from there.
 *
 * @module
 */
import { runCommand } from "../lib/show/command.ts";
import { studyMain } from "./study/command.ts";
import { ablationMethods } from "./study/methods.ts";

/** Runs the command; throws what `runCommand` turns into one sentence. */
export function main(args: readonly string[]): Promise<void> {
  return studyMain({
    name: "ablation",
    summary: "placement x data scaling, scored",
    methods: ablationMethods,
  }, args);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
