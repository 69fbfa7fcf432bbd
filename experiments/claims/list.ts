import type { Claim, Step } from "./claim.ts";

/** FineStyle against another row of a study, by one measure. */
function against(row: string, measure: string): readonly Step[] {
  return [{ method: "finestyle", against: row, measure }, "difference"];
}

/** The same by several measures. */
function all(row: string, measures: Readonly<Record<string, string>>) {
  return Object.fromEntries(
    Object.entries(measures).map(([name, measure]) => [name, against(row, measure)]),
  );
}

/** How FineStyle's measure changes over one coefficient. */
function trend(coefficient: string, measure: string): readonly Step[] {
  return [{ method: "finestyle", coefficient, measure }, "change"];
}

/** What data scaling changes in a measure over the grid. */
function scaled(measure: string): readonly Step[] {
  return [{ measure }, "difference"];
}

/** Leakage of a row of a study's table. */
function leakageOf(folder: string, id: string): NonNullable<Claim["room"]> {
  return { file: `${folder}/table.json`, path: ["rows", { id }, "leakage"] };
}

const ABLATION = {
  file: "ablation/comparisons.json",
  command: "deno task ablation --preset standard --out results/ablation",
};
const GUIDANCE = { command: "deno task guidance --preset standard --out results/guidance" };
const TRENDS = { ...GUIDANCE, file: "guidance/trends.json" };

const PLACEMENT = {
  ...ABLATION,
  about: "Placement of the adapters",
  source: "abstract; ablation table",
  claimed: "higher",
} as const;

const placed = (row: string, where: string): Claim => ({
  ...PLACEMENT,
  text: `Adapters on cross-attention's keys and values do better than on ${where}`,
  measured: `Oracle of FineStyle minus that of its adapters on ${where}`,
  path: against(row, "oracle"),
  beside: all(row, { Text: "text", Style: "style", Drawn: "drawn", Leakage: "leakage" }),
});

const leaksLess = (row: string, name: string): Claim => ({
  about: "Beside other systems",
  text: `FineStyle leaks less than ${name}`,
  source: "comparison figure, column of unwanted concepts; figure of the sneaker",
  measured: `Leakage of FineStyle minus that of ${name}, each at the studies' settings`,
  claimed: "lower",
  file: "clip_table/comparisons.json",
  path: against(row, "leakage"),
  room: leakageOf("clip_table", row),
  beside: all(row, { Text: "text", Style: "style", Drawn: "drawn", Oracle: "oracle" }),
  command: "deno task clip-table --preset standard --out results/clip_table",
});

const controlled = (measure: string, text: string, measured: string): Claim => ({
  about: "Fine-grained control",
  text: `${text}, better than with StyleDrop`,
  source: "teaser; figure on the drips",
  measured: `${measured}: FineStyle minus StyleDrop`,
  claimed: "higher",
  file: "attribute-control/table.json",
  path: ["comparisons", ...against("styledrop", measure)],
  beside: { "minus the untuned model": ["comparisons", ...against("muse", measure)] },
  command: "deno task attribute-control --style all --images 1",
});

/** The paper's claims in the order of its sections. */
export const CLAIMS: readonly Claim[] = [
  {
    ...ABLATION,
    about: "Concept-oriented data scaling",
    text: "Pairs of sub-images and texts lower leakage",
    source: "abstract; ablation table",
    measured: "Leakage of FineStyle minus that of FineStyle on the full pair alone",
    claimed: "lower",
    path: against("finestyle-no-scaling", "leakage"),
    room: leakageOf("ablation", "finestyle-no-scaling"),
    beside: all("finestyle-no-scaling", {
      ...{ Text: "text", Style: "style", Drawn: "drawn", Oracle: "oracle" },
    }),
  },
  {
    ...GUIDANCE,
    about: "Concept-oriented data scaling",
    text: "Pairs of sub-images and texts lower leakage, whatever the guidance",
    source: "abstract; ablation table",
    measured: "Leakage of FineStyle minus that of FineStyle on the full pair alone, mean of all " +
      "pairs of coefficients",
    claimed: "lower",
    file: "guidance/scaling.json",
    path: scaled("leakage"),
    beside: {
      ...{ Text: scaled("text"), Style: scaled("style") },
      ...{ Drawn: scaled("drawn"), Oracle: scaled("oracle") },
    },
  },
  placed("finestyle-self-kv", "self-attention"),
  placed("finestyle-mlp", "the MLP"),
  {
    ...TRENDS,
    about: "Guidance",
    text: "More style guidance λ1 brings the picture nearer to the reference",
    source: "section on sampling; figure of the λ1 x λ2 grid",
    measured: "Rise of Style over the grid's λ1",
    claimed: "higher",
    path: trend("lambda1", "style"),
  },
  {
    ...TRENDS,
    about: "Guidance",
    text: "More style guidance λ1 brings the reference's content along",
    source: "section on sampling; figure of the λ1 x λ2 grid",
    measured: "Rise of Leakage over the grid's λ1",
    claimed: "higher",
    path: trend("lambda1", "leakage"),
    beside: { Text: trend("lambda1", "text"), Oracle: trend("lambda1", "oracle") },
  },
  {
    ...TRENDS,
    about: "Guidance",
    text: "More semantic guidance λ2 counters leakage",
    source: "section on sampling; figure of the λ1 x λ2 grid",
    measured: "Rise of Leakage over the grid's λ2",
    claimed: "lower",
    path: trend("lambda2", "leakage"),
    beside: {
      Text: trend("lambda2", "text"),
      Style: trend("lambda2", "style"),
      Oracle: trend("lambda2", "oracle"),
    },
  },
  {
    ...GUIDANCE,
    about: "Beside other systems",
    text: "At comparable Style, FineStyle follows the text better than StyleDrop",
    source: "CLIP table",
    measured: "Text of FineStyle minus that of StyleDrop at equal Style, both along their " +
      "frontiers over the guidance grid",
    claimed: "higher",
    file: "guidance/equal_style.json",
    path: ["overall", "text", "difference"],
    beside: {
      Drawn: ["overall", "drawn", "difference"],
      Oracle: ["overall", "oracle", "difference"],
      Leakage: ["overall", "leakage", "difference"],
    },
  },
  leaksLess("styledrop", "StyleDrop"),
  leaksLess("stylealigned", "StyleAligned"),
  leaksLess("ipadapter", "IP-Adapter"),
  {
    about: "Fine-grained control",
    text: "Subjects near to the reference's own come out in its style, where StyleDrop fails",
    source: "figure on semantic distance",
    measured: "Oracle of FineStyle minus that of StyleDrop, nearest third of the subjects",
    claimed: "higher",
    file: "semantic-distance/table.json",
    path: ["comparisons", { subjects: "near" }, "oracle"],
    beside: {
      Style: ["comparisons", { subjects: "near" }, "style"],
      Drawn: ["comparisons", { subjects: "near" }, "drawn"],
      Leakage: ["comparisons", { subjects: "near" }, "leakage"],
    },
    command: "deno task semantic-distance",
  },
  controlled(
    "both",
    "Words of the prompt set, change or leave out an attribute",
    "Share of pairs with both pictures as asked, nine prompt pairs",
  ),
  controlled(
    "several",
    "Words of the prompt set several attributes at once",
    "Share of pictures with all that is asked, two to five attributes",
  ),
];
