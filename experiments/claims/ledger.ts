import { type Difference, LEVEL, MARGIN, type Verdict } from "./claim.ts";
import type { Finding } from "./measure.ts";
import type { Run } from "./runs.ts";

const WORDS = ["reproduced", "not reproduced", "undecided", "not measured"] as const;

/**
 * The ledger as Markdown: every claim with what was measured and the verdict, the rule of the verdicts,
 * and the runs that the numbers come from.
 */
export function ledger(findings: readonly Finding[], runs: readonly Run[]): string {
  const parts = [...Map.groupBy(findings, ({ claim }) => claim.about)];
  return [
    "# What the paper claims, and what was measured here",
    "",
    "<!-- written by `deno task claims` from the files beside it; changes here are lost -->",
    "",
    `${
      tally(findings)
    }. A difference stands with its 95 % bootstrap interval, the number n of prompts ` +
    "(over all styles) and the sign-flip p; in brackets p as corrected for all comparisons of its " +
    "study.",
    ...parts.flatMap(([about, of]) => ["", `## ${about}`, "", ...claimTable(of)]),
    "",
    "## How a verdict is reached",
    "",
    ...RULE,
    "",
    "## The runs",
    "",
    ...runTable(runs),
    "",
  ].join("\n");
}

/** `Of 12 claims 3 are reproduced, 1 is not, ...`. */
export function tally(findings: readonly Finding[]): string {
  const counts = WORDS.map((word) => {
    const n = findings.filter(({ verdict }) => verdict.word === word).length;
    return `${n} ${n === 1 ? "is" : "are"} ${word}`;
  });
  return `Of ${findings.length} claims ${counts.join(", ")}`;
}

const RULE = [
  "Each claim names one difference, the side of 0 on which it should lie, and the file that holds it. " +
  "Its interval decides, by the same rule for all:",
  "",
  "- **reproduced**: all of the interval lies on the claimed side of 0;",
  "- **not reproduced**: all of it lies on the other side, or all of it within " +
  `±${MARGIN}, a difference too small to matter (cosines and shares alike);`,
  "- **undecided** at this power: neither. Undecided too, whatever the interval: all prompts give the " +
  "same difference, so that it has no width; it excludes 0 and the sign-flip test at " +
  `${LEVEL} does not, as happens with few events; it is small, and the other method leaks less than ` +
  `${MARGIN}, which leaves no room;`,
  "- **not measured**: the file is not there yet; the command that writes it is named.",
  "",
  "What stands beside a difference is no part of the verdict; it shows the price. Intervals are over " +
  "prompts and styles with one seed of tuning: they say nothing of other generators. Of twenty " +
  "claims that are false, one will look reproduced by chance. The paper's human raters have no " +
  "counterpart here.",
];

function claimTable(findings: readonly Finding[]): string[] {
  return [
    "| the paper says | measured | verdict |",
    "| --- | --- | --- |",
    ...findings.map(({ claim, difference, beside, verdict }) => {
      const extra = beside.map(([name, other]) => `${name} ${brief(other)}`).join("; ");
      const measured = difference
        ? `${claim.measured}, claimed ${claim.claimed} than 0: **${full(difference)}** ` +
          `([file](${claim.file}))${extra && `<br>beside it: ${extra}`}`
        : `${claim.measured}, claimed ${claim.claimed} than 0`;
      return `| ${claim.text} (${claim.source}) | ${measured} | ${verdictText(verdict)} |`;
    }),
  ];
}

function verdictText({ word, why }: Verdict): string {
  return `**${word}**: ${why}`;
}

function runTable(runs: readonly Run[]): string[] {
  if (runs.length === 0) return ["None yet."];
  return [
    "| folder | preset | styles | prompts per style x images | seed | model, engine | again with |",
    "| --- | --- | ---: | ---: | ---: | --- | --- |",
    ...runs.map((run) => {
      const { folder, preset, styles, prompts, images, seed, model, engine, command } = run;
      return `| [${folder}](${folder}) | ${preset ?? "-"} | ${styles} | ${prompts} x ${images} | ` +
        `${seed} | ${model}, ${engine} | \`${command}\` |`;
    }),
  ];
}

const signed = (x: number) => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(3)}`;

function brief({ mean, ci95: [low, high] }: Difference): string {
  return `${signed(mean)} [${signed(low)}, ${signed(high)}]`;
}

function full(difference: Difference): string {
  const { n, p, pHolm } = difference;
  const of = n === undefined ? "" : `, n = ${n}`;
  const chance = p === undefined ? "" : `, p ${p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`}`;
  const corrected = pHolm === undefined ? "" : ` (${pHolm.toFixed(3)})`;
  return `${brief(difference)}${of}${chance}${corrected}`;
}
