/**
 * The report: one page of all that stands in results/, which opens from the disk without a server.
 *
 * COMMAND   deno task report [--results DIR] [--out FILE.html]
 * SECONDS   2
 * WRITES    results/report.html and, once, the script that draws its figures, plotly.min.js
 *
 * The page shows whatever the commands have written: tables, figures, sheets. What is missing is named
 * with the command that makes it. Pictures are linked, not copied: the page stays beside the results.
 *
 * @module
 */
import { relative, resolve } from "node:path";
import { folderOf, writeAtomic } from "../lib/io/files.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { copyPlotly } from "../lib/show/figure_files.ts";
import { collect, type Collected } from "./report/collect.ts";
import { reportPage } from "./report/page.ts";
import { SECTIONS } from "./report/sections.ts";

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const { results, ...flags } = parseCommand(args, {
    name: "report",
    summary: "one page of all that stands in results/",
    flags: {
      results: { type: "string", default: "results", help: "folder of the results" },
      out: { type: "string", optional: true, help: "the page (default report.html there)" },
    },
  });
  const out = flags.out ?? `${results}/report.html`;
  if (!out.toLowerCase().endsWith(".html")) {
    throw new UsageError(`Cannot write "${out}": --out wants a file that ends with .html`);
  }
  if (!(await Deno.stat(results)).isDirectory) {
    throw new UsageError(`Cannot read "${results}": --results wants a folder`);
  }
  const parts: Collected[] = [];
  for (const section of SECTIONS) parts.push(await collect(results, section));
  const folder = folderOf(out);
  const toResults = relative(resolve(folder), resolve(results)).replaceAll("\\", "/") || ".";
  await copyPlotly(folder);
  await writeAtomic(out, reportPage(parts, toResults));
  const missing = parts.filter(({ found }) => !found).map(({ section }) => section);
  console.log(`${out}: ${parts.length - missing.length} of ${parts.length} sections`);
  for (const { path, command } of missing) console.log(`  no ${results}/${path}: ${command}`);
}

if (import.meta.main) await runCommand(() => main(Deno.args));
