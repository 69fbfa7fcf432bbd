import { styleScores } from "../../lib/score/clip.ts";
import { HEAD_CLASSES, type Judge } from "../../lib/score/judge.ts";
import { summariseArea } from "../../lib/score/roc.ts";
import { mean, pairedTest } from "../../lib/score/statistics.ts";
import type { World } from "../../lib/world/mod.ts";
import { blend, pasteSubject } from "../scene_edits.ts";
import {
  areaAbove,
  areaOf,
  interval,
  lineOf,
  meanOf,
  type Measure,
  risesWith,
  type Section,
  shown,
} from "./section.ts";
import type { Trial } from "./trials.ts";

const SHARES = [0, 0.25, 0.5, 0.75, 1] as const;
const PASTED = 32;

/** How the Style score answers to the right style, to half of it, and to copied content. */
export async function styleSection(
  trials: readonly Trial[],
  world: World,
  judge: Judge,
  seed: number,
): Promise<Section> {
  const render = (trial: Trial, style: string) => world.render({ ...trial.prompt, style }).image;
  const references = trials.map(({ reference }) => world.render(reference));
  const reference = await judge.embedImages(references.map(({ image }) => image));
  const scores = async (imageOf: (trial: Trial, t: number) => typeof references[number]["image"]) =>
    (await judge.embedImages(trials.map(imageOf)))
      .map((image, t) => styleScores([image], reference[t]!)[0]!);
  const right = await scores((trial) => render(trial, trial.style));
  const others = await Promise.all(
    trials[0]!.others.map((_, o) => scores((trial) => render(trial, trial.others[o]!))),
  );
  const blends: number[][] = [];
  for (const share of SHARES) {
    blends.push(
      await scores((trial) =>
        blend(render(trial, trial.others[0]), render(trial, trial.style), share)
      ),
    );
  }
  const pasted = await scores((trial, t) =>
    pasteSubject(render(trial, trial.style), references[t]!, PASTED, trial.corner)
  );
  const inAnotherStyle = ({ reference, others: [style] }: Trial) =>
    world.render({ ...reference, style }).image;
  const copied = await scores(inAnotherStyle);
  const contrast = (t: number) => ({
    positive: [right[t]!],
    negative: others.map((of) => of[t]!),
  });
  const area = (of: string, chosen: readonly number[]): Measure => ({
    ...{ score: "Style", of, measure: "AUC" },
    ...summariseArea(chosen.map(contrast), seed),
  });
  const whole = area("the right style from others", trials.map((_, t) => t));
  const styles = [...new Set(trials.map(({ style }) => style))];
  const perStyle = styles.map((style) =>
    area(style, trials.flatMap((trial, t) => trial.style === style ? [t] : []))
  );
  const content = areaOf(
    "Style",
    "the right style from the reference's scene in another style",
    right,
    copied,
    seed,
  );
  const named = async (imageOf: Parameters<typeof scores>[0]) =>
    (await judge.read(trials.map(imageOf)))
      .map((reading, t) => reading.style[HEAD_CLASSES.style.indexOf(trials[t]!.style)]!);
  const head = areaOf(
    "style head",
    content.of,
    await named((trial) => render(trial, trial.style)),
    await named(inAnotherStyle),
    seed,
  );
  const curve = SHARES.map((share, k) =>
    meanOf("Style", `${100 * share} % of the right style`, blends[k]!, seed)
  );
  const gain = pairedTest(pasted, right, seed);
  return {
    title: "Style",
    checks: [
      areaAbove(whole, 0.5),
      risesWith("Style", "the share of the right style in a blend", SHARES, blends, "", seed),
      areaAbove(content, 0.5),
      areaAbove(head, 0.5),
      {
        score: "Style",
        expected: "does not rise with leaked content",
        found: `difference ${shown(gain)} by a subject of ${PASTED} px`,
        holds: gain.ci95[0] <= 0,
      },
    ],
    measures: [
      meanOf("Style", "the right style", right, seed),
      meanOf("Style", "other styles", right.map((_, t) => mean(others.map((o) => o[t]!))), seed),
      meanOf("Style", "the reference's scene in another style", copied, seed),
      meanOf("Style", `the right style, subject pasted at ${PASTED} px`, pasted, seed),
      ...[whole, content, head, ...perStyle, ...curve],
    ],
    charts: {
      "style-blend": {
        kind: "line",
        title: "Style rises as another style turns into the right one",
        x: { title: "share of the right style in the picture" },
        y: { title: "Style", unit: "cosine with the reference" },
        series: [lineOf("Style", SHARES, curve)],
      },
      "style-by-style": {
        kind: "bar",
        title: "Style: the right style against others, by style of the reference",
        categories: styles.map(shortName),
        y: { title: "AUC; 0.5 is chance", range: [0, 1] },
        series: [{ name: "AUC", values: perStyle.map(interval) }],
      },
    },
  };
}

/** As much of a style's name as stands below a bar: `glossy 3d`. */
function shortName(style: string): string {
  return style.replace(
    /^(melting|glowing) | (rendering|with shadow|painting|print|embroidery)$/g,
    "",
  );
}
