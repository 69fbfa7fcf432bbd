import type { Image } from "../../lib/io/image.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { HEAD_CLASSES, type Judge } from "../../lib/score/judge.ts";
import {
  clipExcess,
  DEFAULT_THRESHOLDS,
  detectorRate,
  type LeakageHead,
  tokenCopyRate,
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
import { unwantedConcepts } from "../study/unwanted.ts";
import { blend, copyWindow, pasteSubject } from "./paste.ts";
import {
  areaAbove,
  areaOf,
  type Check,
  lineOf,
  meanOf,
  type Measure,
  notAbove,
  risesWith,
  type Section,
  shown,
  type Values,
} from "./section.ts";
import type { Trial } from "./trials.ts";

/** Sides of the pasted subject, pixels of 64. */
export const SIZES = [0, 8, 12, 16, 24, 32] as const;
const LARGEST = SIZES.length - 1;
const OPACITIES = [0, 0.25, 0.5, 0.75, 1] as const;
const FADED_SIZE = 24;

/** The pictures of the trials, in their order. */
interface Pictures {
  readonly references: readonly RenderedScene[];
  /** The prompt in the reference's style: nothing leaks. */
  readonly right: readonly Image[];
  /** The prompt in another style: what an untuned model draws. */
  readonly other: readonly Image[];
  /** With the reference's subject in a corner, by {@linkcode SIZES}. */
  readonly pasted: readonly (readonly Image[])[];
  /** With a window of the reference at its own place, by {@linkcode SIZES}. */
  readonly windows: readonly (readonly Image[])[];
}

function draw(trials: readonly Trial[], world: World): Pictures {
  const references = trials.map((trial) => world.render(trial.reference));
  const right = trials.map((trial) => world.render(trial.prompt).image);
  return {
    references,
    right,
    other: trials.map(({ prompt, others: [style] }) => world.render({ ...prompt, style }).image),
    pasted: SIZES.map((side) =>
      right.map((image, t) => pasteSubject(image, references[t]!, side, trials[t]!.corner))
    ),
    windows: SIZES.map((side) => right.map((image, t) => copyWindow(image, references[t]!, side))),
  };
}

/** How the leakage scores answer to leaked content, and to style without it. */
export async function leakageSection(
  trials: readonly Trial[],
  world: World,
  judge: Judge,
  muse: Muse,
  seed: number,
): Promise<Section> {
  const pictures = draw(trials, world);
  const unwanted = trials.map(({ reference, prompt }) => unwantedConcepts(reference, prompt));
  const parts = [
    await detectorPart(trials, pictures, unwanted, world, judge, seed),
    await headsPart(trials, pictures, unwanted, world, judge, seed),
    await excessPart(pictures, unwanted, judge, seed),
    await copyPart(pictures, muse, seed),
  ];
  return {
    title: "Leakage",
    checks: parts.flatMap((part) => part.checks),
    measures: parts.flatMap((part) => part.measures),
    charts: Object.assign({}, ...parts.map((part) => part.charts)),
  };
}

type Part = Omit<Section, "title">;

const PASTED_AXIS = { title: "side of the pasted subject", unit: "px of 64" };

/** (a) The detector: the concept head on the pasted subject, and the rate of the tables. */
async function detectorPart(
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
async function headsPart(
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

/** (b) CLIP excess over an untuned model that draws in the same or in another style. */
async function excessPart(
  { other, pasted }: Pictures,
  unwanted: readonly (readonly UnwantedConcept[])[],
  judge: Judge,
  seed: number,
): Promise<Part> {
  const phrases = [...new Set(unwanted.flat().map((concept) => concept.phrase))];
  const words = await judge.embedTexts(phrases.map((phrase) => `a ${phrase}`));
  const seen = await Promise.all(pasted.map((images) => judge.embedImages(images)));
  const own = seen[0]!, untuned = await judge.embedImages(other);
  const excess = (images: typeof own, before: typeof own, of = unwanted) =>
    images.map((image, t) =>
      clipExcess(image, before[t]!, of[t]!.map((c) => words[phrases.indexOf(c.phrase)]!))
    );
  const part = baselinePart({
    score: "CLIP excess",
    chart: "leakage-clip-excess",
    title: "Leakage (b): CLIP excess of a pasted subject",
    what: PASTED_AXIS,
    unit: "cosine",
    same: seen.map((images) => excess(images, own)),
    another: seen.map((images) => excess(images, untuned)),
    away: excess(untuned, own),
  }, seed);
  // the first unwanted concept is the reference's subject, the second its object
  const ofWord = (i: number) => excess(seen[LARGEST]!, own, unwanted.map((of) => [of[i]!]));
  const word = areaOf(
    "CLIP excess",
    `the pasted subject's word from the absent object's at ${SIZES[LARGEST]} px`,
    ofWord(0),
    ofWord(1),
    seed,
  );
  return {
    ...part,
    checks: [...part.checks, areaAbove(word, 0.5)],
    measures: [...part.measures, word],
  };
}

/** (c) Token copies: of a window at its own place, and of a subject that moved. */
async function copyPart(
  { references, right, other, pasted, windows }: Pictures,
  muse: Muse,
  seed: number,
): Promise<Part> {
  const tokensOf = async (images: readonly Image[]) => {
    const ids = muse.encodeImage(images), length = ids.shape[1];
    const values = await ids.data();
    ids.dispose();
    return images.map((_, i) => values.slice(i * length, (i + 1) * length));
  };
  const all = async (sets: readonly (readonly Image[])[]) =>
    await Promise.all(sets.map((images) => tokensOf(images)));
  const wanted = await tokensOf(references.map(({ image }) => image));
  const [own, untuned] = await all([right, other]);
  const copy = (ids: typeof wanted, before = own!) =>
    ids.map((row, t) => tokenCopyRate(row, before[t]!, wanted[t]!));
  const inPlace = await all(windows);
  const moved = [own!.map(() => 0), copy(await tokensOf(pasted[LARGEST]!))];
  const part = baselinePart({
    score: "token-copy rate",
    chart: "leakage-token-copy",
    title: "Leakage (c): token-copy rate of a window of the reference",
    what: { title: "side of the window", unit: "px of 64" },
    unit: "share of positions",
    same: inPlace.map((ids) => copy(ids)),
    another: inPlace.map((ids) => copy(ids, untuned)),
  }, seed);
  return {
    ...part,
    checks: [
      ...part.checks,
      risesWith(
        "token-copy rate",
        "a subject pasted in a corner",
        [0, SIZES[LARGEST]!],
        moved,
        " px",
        seed,
      ),
    ],
    measures: [
      ...part.measures,
      meanOf("token-copy rate", `subject at ${SIZES[LARGEST]} px in a corner`, moved.at(-1)!, seed),
    ],
  };
}

interface Baselines {
  readonly score: string;
  readonly chart: string;
  readonly title: string;
  readonly what: LineChart["x"];
  readonly unit: string;
  /** By size: the untuned picture has the reference's style. */
  readonly same: readonly Values[];
  /** By size: the untuned picture has another style. */
  readonly another: readonly Values[];
  /**
   * Nothing pasted, and the picture with the other style counts as the tuned one. Left out where it
   * is the negative of `another` by its formula.
   */
  readonly away?: Values;
}

/** A score over an untuned picture: it should rise with content, and not by the change of style. */
function baselinePart(of: Baselines, seed: number): Part {
  const { score, same, another, away } = of;
  const curve = (values: readonly Values[], untuned: string) =>
    SIZES.map((side, k) => meanOf(score, `${side} px, untuned in ${untuned}`, values[k]!, seed));
  const areas = SIZES.slice(1).map((side, k) =>
    areaOf(
      score,
      `${side} px from a change of style alone`,
      another[k + 1]!,
      another[0]!,
      seed,
    )
  );
  const own = curve(same, "the same style"), changed = curve(another, "another style");
  const none = another[0]!.map(() => 0);
  return {
    checks: [
      risesWith(score, `${of.what.title}, untuned in the same style`, SIZES, same, " px", seed),
      risesWith(score, `${of.what.title}, untuned in another style`, SIZES, another, " px", seed),
      notAbove(score, "is 0 where only the style changed", another[0]!, none, seed),
      ...(away === undefined ? [] : [
        notAbove(
          score,
          "is no higher towards the reference's style than away",
          another[0]!,
          away,
          seed,
        ),
      ]),
      ...areas.map((area) => areaAbove(area, 0.5)),
    ],
    measures: [
      ...own,
      ...changed,
      ...(away === undefined
        ? []
        : [meanOf(score, "nothing pasted, style changed away from the reference's", away, seed)]),
      ...areas,
    ],
    charts: {
      [of.chart]: {
        kind: "line",
        title: of.title,
        x: of.what,
        y: { title: score, unit: of.unit },
        series: [
          lineOf("untuned in the same style", SIZES, own),
          lineOf("untuned in another style", SIZES, changed),
        ],
      },
    },
  };
}
