import { writeAtomic, writeJson } from "../../lib/io/files.ts";
import { writeFigure } from "../../lib/show/figure_files.ts";
import { markdownRows } from "../../lib/show/table.ts";
import type { Section } from "./section.ts";

/** The run that a report is about. */
export interface Run {
  readonly model: string;
  readonly engine: string;
  readonly seed: number;
  readonly styles: readonly string[];
  /** Trials in each style. */
  readonly perStyle: number;
}

/** The content of `validation.json`. */
export interface ValidationFile extends Run {
  readonly schema: "finestyle.score_validation/1";
  readonly sections: readonly Pick<Section, "title" | "checks" | "measures">[];
}

/** The report as Markdown: what fails, then each family with its figures and numbers. */
export function reportText(run: Run, sections: readonly Section[]): string {
  const checks = sections.flatMap((section) => section.checks);
  const failed = checks.filter((check) => !check.holds);
  return [
    "# Do the scores measure what they are named after?",
    "",
    "`deno task validate-scores`: exact renderings of EmojiWorld, for which the truth is known, are " +
    `given to the scores. ${run.styles.length * run.perStyle} trials, ${run.perStyle} in each of ` +
    `${run.styles.length} held-out styles, seed ${run.seed}; each has a reference, a prompt that ` +
    "names nothing of it, and other styles. No training saw these scenes; the judge has seen the " +
    "styles. Intervals are 95 %, by bootstrap over the trials (of CMMD: over the styles). AUC is the " +
    "area under the ROC curve, 0.5 is chance. Pictures are 64 x 64 pixels.",
    "",
    "An AUC holds where its interval lies above chance; how far above stands beside it. The threshold " +
    "of 5 % false positives was set on these very trials. The pictures are clean: what a score " +
    "misses here it can hardly be expected to see in generated pictures, and what it sees here it " +
    "may still miss there.",
    "",
    `## What does not hold: ${failed.length} of ${checks.length}`,
    "",
    failed.length === 0 ? "Everything holds." : checkTable(failed),
    ...sections.flatMap((section) => sectionText(section)),
  ].join("\n");
}

function sectionText({ title, checks, charts, measures }: Section): string[] {
  return [
    "",
    `## ${title}`,
    "",
    checkTable(checks),
    ...Object.entries(charts).map(([name, chart]) => `![${chart.title}](${name}.png)`),
    "",
    "<details>",
    `<summary>${title}: all numbers</summary>`,
    "",
    markdownRows([
      ["score", "of", "measure", "value", "95 % interval", "n"],
      ...measures.map(({ score, of, measure, mean, ci95: [low, high], n }) => [
        ...[score, of, measure, mean.toFixed(3), `${low.toFixed(3)} to ${high.toFixed(3)}`],
        String(n),
      ]),
    ], [true, true, true, false, false, false]),
    "</details>",
  ];
}

/** Checks as a Markdown table. */
export function checkTable(checks: Section["checks"]): string {
  return markdownRows([
    ["score", "should", "found", "holds"],
    ...checks.map(({ score, expected, found, holds }) => [
      ...[score, expected, found, holds ? "yes" : "**no**"],
    ]),
  ], [true, true, true, true]);
}

/** Writes `validation.json`, `validation.md` and the figures into a folder. */
export async function writeReport(
  folder: string,
  run: Run,
  sections: readonly Section[],
): Promise<void> {
  for (const { charts } of sections) {
    for (const [name, chart] of Object.entries(charts)) await writeFigure(folder, name, chart);
  }
  const plain = sections.map(({ title, checks, measures }) => ({ title, checks, measures }));
  const file: ValidationFile = {
    schema: "finestyle.score_validation/1",
    ...run,
    sections: plain,
  };
  await writeJson(`${folder}/validation.json`, file);
  await writeAtomic(`${folder}/validation.md`, reportText(run, sections));
}
