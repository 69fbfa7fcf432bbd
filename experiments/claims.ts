/**
 * The claims ledger: each claim of the paper beside what was measured here, with a verdict by rule.
 *
 * COMMAND   deno task claims [--results DIR] [--out FILE]
 * SECONDS   1
 * WRITES    results/README.md
 *
 * It computes nothing: the numbers come from the files of `ablation`, `guidance`, `comparison`,
 * `semantic-distance` and `attribute-control`. What is missing is said, with the command that measures
 * it. Run it again after each of them.
 *
 * @module
 */
import { writeAtomic } from "../lib/io/files.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { alignCells } from "../lib/show/table.ts";
import type { Claim } from "./claims/claim.ts";
import { ledger, tally } from "./claims/ledger.ts";
import { CLAIMS } from "./claims/list.ts";
import { type Finding, measure } from "./claims/measure.ts";
import { runsOf } from "./claims/runs.ts";

/** The ledger of a folder of results, and what it found. */
export async function ledgerOf(
  results: string,
  claims: readonly Claim[] = CLAIMS,
): Promise<{ text: string; findings: Finding[] }> {
  const findings: Finding[] = [];
  for (const claim of claims) findings.push(await measure(results, claim));
  return { text: ledger(findings, await runsOf(results, claims)), findings };
}

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const { results, out } = parseCommand(args, {
    name: "claims",
    summary: "the paper's claims beside the results, with verdicts",
    flags: {
      results: { type: "string", default: "results", help: "folder of all results" },
      out: { type: "string", optional: true, help: "file to write (default README.md in there)" },
    },
  });
  const isFolder = await Deno.stat(results).then(({ isDirectory }) => isDirectory, () => false);
  if (!isFolder) throw new UsageError(`Cannot find a folder of results at "${results}"`);
  const path = out ?? `${results}/README.md`;
  const { text, findings } = await ledgerOf(results);
  await writeAtomic(path, text);
  const rows = findings.map(({ claim, verdict }) => [verdict.word, claim.text]);
  console.log(`${alignCells([["verdict", "claim"], ...rows], [true, true])}\n`);
  console.log(`${tally(findings)}: ${path}`);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
