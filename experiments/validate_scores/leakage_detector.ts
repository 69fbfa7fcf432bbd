import type { Image } from "../../lib/io/image.ts";
import { HEAD_CLASSES, type Judge } from "../../lib/score/judge.ts";
import {
  DEFAULT_THRESHOLDS,
  detectorRate,
  type LeakageHead,
  type UnwantedConcept,
} from "../../lib/score/leakage.ts";
import { rocCurve } from "../../lib/score/roc.ts";
import { quantile } from "../../lib/score/statistics.ts";
import type { LineChart } from "../../lib/show/figure.ts";
import {
  COLOURS,
  DECORATIONS,
  type RenderedScene,
  showsColour,
  type World,
} from "../../lib/world/mod.ts";
import { blend, pasteSubject } from "../scene_edits.ts";
import { type Part, PASTED_AXIS, type Pictures, SIZES } from "./leakage_pictures.ts";
import {
  areaAbove,
  areaOf,
  type Check,
  lineOf,
  meanOf,
  type Measure,
  notAbove,
  risesWith,
  shown,
  type Values,
} from "./section.ts";
import type { Trial } from "./trials.ts";

const OPACITIES = [0, 0.25, 0.5, 0.75, 1] as const;
const FADED_SIZE = 24;

/** (a) The detector: the concept head on the pasted subject, and the rate of the tables. */
export async function detectorPart(
  trials: readonly Trial[],
  { references, other, pasted }: Pictures,
  unwanted: readonly (readonly UnwantedConcept[])[],
  world: World,
  judge: Judge,
  seed: number,
): Promise<Part> {
  const subjects = trials.map(({ reference }) => HEAD_CLASSES.concepts.indexOf(reference.subject));
  const readings = await Promise.all(pasted.map((images) => judge.read(images)));
  const plain = await judge.read(other);
  const probability = (of: typeof plain) => of.map((r, t) => r.concepts[subjects[t]!]!);
  const rate = (of: typeof plain) => of.map((reading, t) => detectorRate(reading, unwanted[t]!));
  const p = readings.map(probability), rates = readings.map(rate);
  const above = (of: Values, threshold: number) => of.map((v) => v >= threshold ? 1 : 0);
  const { concepts: threshold } = DEFAULT_THRESHOLDS;
  const strict = quantile([...p[0]!].sort((a, b) => a - b), 0.95); // of pictures without the subject
  const reference = probability(await judge.read(references.map(({ image }) => image)));
  const single = (await judge.read(
    trials.map(({ prompt, reference: { subject } }) => {
      const { relation: _, object: __, ...alone } = prompt;
      return world.render({ ...alone, subject }).image;
    }),
  )).map((reading, t) => reading.concepts[subjects[t]!]!);
  const atStrict = `subject found at threshold ${strict.toFixed(3)} (5 % false positives)`;
  const control = (of: string, values: Values) => [
    meanOf("subject found", of, above(values, threshold), seed),
    meanOf(atStrict, of, above(values, strict), seed),
  ];
  const sizes = SIZES.slice(1);
  const areas = sizes.map((side, k) =>
    areaOf("detector", `a subject pasted at ${side} px`, p[k + 1]!, p[0]!, seed)
  );
  const byStyle = areaOf(
    "detector",
    "the reference's style without its subject",
    p[0]!,
    probability(plain),
    seed,
  );
  const means = SIZES.map((side, k) => ({
    found: meanOf("subject found", `subject at ${side} px`, above(p[k]!, threshold), seed),
    strict: meanOf(
      atStrict,
      `subject at ${side} px`,
      above(p[k]!, strict),
      seed,
    ),
    rate: meanOf("detector rate", `subject at ${side} px`, rates[k]!, seed),
  }));
  const controls = [
    ...control("the reference", reference),
    ...control("the subject alone on the prompt's background", single),
  ];
  const found = controls[0]!;
  return {
    checks: [
      {
        score: "detector",
        expected: "finds the subject in the reference itself: in more than half",
        found: shown(found),
        holds: found.ci95[0] > 0.5,
      },
      risesWith("detector rate", "the pasted subject's size", SIZES, rates, " px", seed),
      ...areas.map((area) => areaAbove(area, 0.5)),
      {
        score: "detector",
        expected: "does not tell style without content: AUC interval includes 0.5",
        found: shown(byStyle),
        holds: byStyle.ci95[0] <= 0.5,
      },
      notAbove(
        "detector rate",
        "does not rise with the reference's style alone",
        rates[0]!,
        rate(plain),
        seed,
      ),
    ],
    measures: [
      ...areas,
      byStyle,
      ...controls,
      ...means.flatMap(({ found, strict, rate }) => [found, strict, rate]),
      meanOf("detector rate", "another style, nothing pasted", rate(plain), seed),
    ],
    charts: {
      "leakage-roc": {
        kind: "line",
        title: "Detector: a pasted subject against the same picture without it",
        x: { title: "false positives", unit: "share", range: [0, 1] },
        y: { title: "true positives", unit: "share", range: [0, 1] },
        series: [
          ...sizes.map((side, k) => {
            const curve = rocCurve(p[k + 1]!, p[0]!);
            return {
              name: `${side} px`,
              x: curve.map((point) => point.falsePositive),
              y: curve.map((point) => point.truePositive),
            };
          }),
          { name: "chance", x: [0, 1], y: [0, 1] },
        ],
      },
      "leakage-auc": {
        kind: "line",
        title: "Detector: area under the ROC curve",
        x: PASTED_AXIS,
        y: { title: "AUC; 0.5 is chance", range: [0.4, 1.02] },
        series: [lineOf("pasted subject", sizes, areas)],
      },
      "leakage-size": {
        kind: "line",
        title: "Leakage (a) rises with the pasted subject",
        x: PASTED_AXIS,
        y: { title: "found", unit: "share" },
        series: [
          lineOf("subject", SIZES, means.map((of) => of.found)),
          lineOf("subject, 5 % false positives", SIZES, means.map((of) => of.strict)),
          lineOf("detector rate, all unwanted", SIZES, means.map((of) => of.rate)),
        ],
      },
    },
  };
}

/** (a) The three heads: content that fades in. */
export async function headsPart(
  trials: readonly Trial[],
  { references, right }: Pictures,
  unwanted: readonly (readonly UnwantedConcept[])[],
  world: World,
  judge: Judge,
  seed: number,
): Promise<Part> {
  type Leak = (trial: Trial, image: Image, opacity: number, reference: RenderedScene) => Image;
  const leaks: Record<LeakageHead, Leak> = {
    concepts: ({ corner }, image, opacity, reference) =>
      pasteSubject(image, reference, FADED_SIZE, corner, opacity),
    decoration: ({ prompt, reference: { decoration } }, image, opacity) =>
      blend(image, world.render({ ...prompt, decoration }).image, opacity),
    colour: ({ prompt, reference: { colour } }, image, opacity) =>
      blend(image, world.render({ ...prompt, colour }).image, opacity),
  };
  const names: Record<LeakageHead, string> = {
    concepts: `subject, ${FADED_SIZE} px`,
    decoration: "decoration",
    colour: "background colour",
  };
  const indexOf: Record<LeakageHead, (trial: Trial) => number> = {
    concepts: ({ reference }) => HEAD_CLASSES.concepts.indexOf(reference.subject),
    decoration: ({ reference }) => DECORATIONS.indexOf(reference.decoration),
    colour: ({ reference }) => Object.keys(COLOURS).indexOf(reference.colour),
  };
  const checks: Check[] = [], measures: Measure[] = [], series: LineChart["series"][number][] = [];
  for (const head of ["concepts", "decoration", "colour"] as const) {
    const chosen = trials.flatMap((trial, t) =>
      head !== "colour" || showsColour(trial.style) ? [t] : []
    );
    const found: Values[] = [];
    for (const opacity of OPACITIES) {
      const images = chosen.map((t) => leaks[head](trials[t]!, right[t]!, opacity, references[t]!));
      found.push((await judge.read(images)).map((reading, i) => {
        const t = chosen[i]!, index = indexOf[head](trials[t]!);
        const one = unwanted[t]!.filter((c) => c.head === head && c.index === index);
        return detectorRate(reading, one);
      }));
    }
    const means = OPACITIES.map((opacity, k) =>
      meanOf(`${head} head finds`, `${names[head]} at opacity ${opacity}`, found[k]!, seed)
    );
    checks.push(
      risesWith(`${head} head`, `the opacity of the ${names[head]}`, OPACITIES, found, "", seed),
    );
    measures.push(...means);
    series.push(lineOf(names[head], OPACITIES, means));
  }
  return {
    checks,
    measures,
    charts: {
      "leakage-opacity": {
        kind: "line",
        title: "Leakage (a) by head: content of the reference fades in",
        x: { title: "opacity", unit: "share" },
        y: { title: "found", unit: "share of images" },
        series,
      },
    },
  };
}
