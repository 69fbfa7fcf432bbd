import type { Image } from "../../lib/io/image.ts";
import type { Muse } from "../../lib/models/muse.ts";
import type { Judge } from "../../lib/score/judge.ts";
import { clipExcess, tokenCopyRate, type UnwantedConcept } from "../../lib/score/leakage.ts";
import type { LineChart } from "../../lib/show/figure.ts";
import { LARGEST, type Part, PASTED_AXIS, type Pictures, SIZES } from "./leakage_pictures.ts";
import { areaAbove, areaOf, lineOf, meanOf, notAbove, risesWith, type Values } from "./section.ts";

/** (b) CLIP excess over an untuned model that draws in the same or in another style. */
export async function excessPart(
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
export async function copyPart(
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
