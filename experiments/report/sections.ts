import { ledgerOf } from "../claims.ts";
import { tally } from "../claims/ledger.ts";
import { PUBLISHED } from "../clip_table.ts";
import type { ReportTable } from "./tables.ts";

/** A part of the report: what a study asked, and where its results stand. */
export interface Section {
  /** Its folder in results/, or a file there. */
  readonly path: string;
  readonly title: string;
  /** What was asked, and how the answer is to be read. */
  readonly about: string;
  /** What makes it. */
  readonly command: string;
  /** Whether the pictures that lie loose in the folder are figures, not sheets. */
  readonly figures?: true;
  /** Its tables, where the files of the folder do not say it all. */
  readonly tables?: (results: string) => Promise<ReportTable[]>;
  /** Tables beside those of the folder. */
  readonly beside?: readonly ReportTable[];
}

const published: ReportTable = {
  caption:
    "Published by StyleDrop's paper for Muse-3B: another model, another CLIP, other images, " +
    "so that only the order can be compared",
  rows: [
    ["row", "Text", "Style"],
    ...PUBLISHED.map(({ row, text, style }) => [row, text.toFixed(3), style.toFixed(3)]),
  ],
  left: [true, false, false],
};

/** The paper's claims and what became of them, as `deno task claims` has it. */
async function claimTable(results: string): Promise<ReportTable[]> {
  const { findings } = await ledgerOf(results);
  const signed = (x: number) => `${x < 0 ? "−" : "+"}${Math.abs(x).toFixed(3)}`;
  const rows = findings.map(({ claim, difference, verdict }) => [
    ...[claim.text, claim.measured],
    difference ? `${signed(difference.mean)} [${difference.ci95.map(signed).join(", ")}]` : "-",
    ...[claim.claimed, verdict.word],
  ]);
  return [{
    caption: tally(findings),
    rows: [["the paper says", "measured", "difference", "claimed", "verdict"], ...rows],
    left: [true, true, false, true, true],
  }];
}

/** The parts of the report, in reading order. */
export const SECTIONS: readonly Section[] = [
  {
    path: "README.md",
    title: "The paper's claims",
    about: "Each claim beside the difference that decides it, with a verdict by one rule for all.",
    command: "deno task claims",
    tables: claimTable,
  },
  {
    path: "ablation",
    title: "Placement and data scaling",
    about: "Which adapter, on which pairs, takes on a style without its content? " +
      "All rows see the same prompts and seeds.",
    command: "deno task ablation --preset standard --out results/ablation",
  },
  {
    path: "clip_table",
    title: "The CLIP table",
    about: "Every method by Text, the cosine of image and prompt, and Style, the cosine of image " +
      "and reference. Style rises with leaked content too, so it never stands alone.",
    command: "deno task clip-table --preset standard --out results/clip_table",
    beside: [published],
  },
  {
    path: "comparison",
    title: "Five styles, five systems",
    about: "The paper's comparison by eye: the same prompts and seeds, and what of the reference " +
      "nobody asked for.",
    command: "deno task comparison",
  },
  {
    path: "guidance",
    title: "Guidance",
    about: "λ1 pulls towards the reference's style, λ2 towards the prompt. " +
      "Methods are best compared at equal Style.",
    command: "deno task guidance --preset standard --out results/guidance",
  },
  {
    path: "attribute-control",
    title: "Attribute control",
    about:
      "Prompts that differ in a colour, an object, a background or a texture, and several of " +
      "these at once.",
    command: "deno task attribute-control --style all --images 1",
  },
  {
    path: "semantic-distance",
    title: "Semantic distance",
    about: "Subjects from near the reference's own to far from it: " +
      "near ones are where a memorised reference shows.",
    command: "deno task semantic-distance",
  },
  {
    path: "reference-variation",
    title: "Variation of the reference",
    about: "The reference's own caption with single things left out or added.",
    command: "deno task reference-variation",
  },
  {
    path: "regions",
    title: "Concept maps and regions",
    about: "How well attention finds what a caption names, by option, " +
      "against the exact masks of EmojiWorld.",
    command: "deno task regions",
  },
  {
    path: "score_validation",
    title: "What the scores can see",
    about: "Exact pictures changed in one known way show which scores can be trusted, and how far.",
    command: "deno task validate-scores",
    figures: true,
  },
  {
    path: "calibration",
    title: "How the settings were chosen",
    about: "Trials that change one setting of a method each, on styles that no other table uses.",
    command: 'deno task calibrate --style "two-tone blob,x-ray film,tarnished copper relief" ' +
      "--out results/calibration/trials",
  },
  {
    path: "pretraining",
    title: "The embedded model",
    about: "Tokenizer, judge and generator against the bars set for them, " +
      "on scenes that no training saw.",
    command: "deno task pretrain transformer --evaluate",
  },
  {
    path: "bench",
    title: "Speed",
    about: "The engines at tuning, sampling and scoring, beside PyTorch.",
    command: "deno task bench --out results/bench",
  },
  {
    path: "reliability.json",
    title: "Reliability",
    about: "Damaged files, killed jobs and long work in one process.",
    command: "deno task stress --out results",
  },
];
