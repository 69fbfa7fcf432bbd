/**
 * Whether a run's folder still holds what the run wrote, and whether its numbers come out again.
 *
 * COMMAND   deno task verify DIR [--row ID] [--style NAME] [--model NAME|DIR]
 * MINUTES   that of one row of the table and of the untuned model, in one style
 * EXIT      0 equal; 1 not, and the first difference is named; 2 DIR is no run
 *
 * The files' SHA-256 are compared with `manifest.json`. Then one row of the study is tuned, drawn and
 * scored again with the recorded settings, model, engine and seed. Its tokens must be those in
 * `cells/`; losses and scores may be off by 1e-4, which is ample for another processor's rounding;
 * seconds are not compared.
 *
 * @module
 */
import { loadMuse } from "../lib/models/muse.ts";
import { loadJudge } from "../lib/score/judge.ts";
import { parseCommand, runCommand } from "../lib/show/command.ts";
import { openWorld } from "../lib/world/mod.ts";
import { modelHashes, startEngine, storedModel } from "./model_flags.ts";
import { compareFiles } from "./verify/files.ts";
import { openRun, rowOf } from "./verify/recorded_run.ts";
import { compareRow } from "./verify/row.ts";
import type { Finding } from "./verify/finding.ts";

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<Finding> {
  const flags = parseCommand(args, {
    name: "verify",
    summary: "checks a run's files, and computes one of its rows again",
    flags: {
      folder: { type: "string", positional: true, help: "folder of an ablation or clip-table run" },
      row: { type: "string", optional: true, help: "row of its table (default: the last one)" },
      style: { type: "string", optional: true, help: "one of its styles (default: the first one)" },
      model: { type: "string", optional: true, help: "where its model is now, if it was moved" },
    },
  });
  const run = await openRun(flags.folder);
  const row = rowOf(run, flags.row, flags.style);
  const files = await compareFiles(run);
  files.compared.forEach((line) => console.log(line));
  if (files.difference !== undefined) return files;
  const folder = await storedModel(flags.model ?? run.study.model);
  await startEngine(run.study.engine);
  const again = await compareRow(run, row, {
    muse: await loadMuse(folder),
    judge: await loadJudge(folder),
    world: await openWorld({ styles: [row.style] }),
    inputs: await modelHashes(folder),
  });
  again.compared.forEach((line) => console.log(line));
  return again;
}

if (import.meta.main) {
  await runCommand(async () => {
    const { difference } = await main(Deno.args);
    if (difference === undefined) return console.log("equal");
    console.error(`not equal: ${difference}`);
    Deno.exit(1);
  });
}
