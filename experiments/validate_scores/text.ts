import { Random } from "../../lib/engine/random.ts";
import { textScores } from "../../lib/score/clip.ts";
import type { Judge } from "../../lib/score/judge.ts";
import {
  captionOf,
  type Colour,
  COLOURS,
  CONCEPTS,
  PATTERNS,
  RELATIONS,
  type Scene,
  showsColour,
  type World,
} from "../../lib/world/mod.ts";
import { areaAbove, areaOf, interval, meanOf, type Section } from "./section.ts";
import { otherThan, STYLES, type Trial } from "./trials.ts";

/** The scene with one thing changed; undefined where it lacks the thing. */
type Swap = (scene: Scene, random: Random) => Scene | undefined;

/** What a caption can get wrong. */
export const SWAPS: Readonly<Record<string, Swap>> = {
  subject: (scene, random) => {
    const names = CONCEPTS.map((concept) => concept.name).filter((name) => name !== scene.object);
    return { ...scene, subject: otherThan(random, names, scene.subject) };
  },
  style: (scene, random) => {
    const alike = STYLES.filter((style) => showsColour(style) === showsColour(scene.style));
    return { ...scene, style: otherThan(random, alike, scene.style) };
  },
  "background colour": (scene, random) => {
    if (!showsColour(scene.style)) return undefined;
    return { ...scene, colour: otherThan(random, Object.keys(COLOURS) as Colour[], scene.colour) };
  },
  pattern: (scene, random) => ({ ...scene, pattern: otherThan(random, PATTERNS, scene.pattern) }),
  relation: (scene, random) => {
    if (scene.relation === undefined) return undefined;
    return { ...scene, relation: otherThan(random, RELATIONS, scene.relation) };
  },
  "order of subject and object": (scene) => {
    if (scene.object === undefined) return undefined;
    return { ...scene, subject: scene.object, object: scene.subject };
  },
};

/** Whether the Text score prefers the caption of a picture to one with a single thing wrong. */
export async function textSection(
  trials: readonly Trial[],
  world: World,
  judge: Judge,
  seed: number,
): Promise<Section> {
  const images = await judge.embedImages(trials.map(({ prompt }) => world.render(prompt).image));
  const scoresOf = async (captions: readonly string[], chosen: readonly number[]) =>
    textScores(chosen.map((t) => images[t]!), await judge.embedTexts(captions));
  const all = trials.map((_, t) => t);
  const right = await scoresOf(trials.map(({ prompt }) => captionOf(prompt)), all);
  const rows = [];
  for (const [name, swap] of Object.entries(SWAPS)) {
    const random = new Random(seed).split("swap").split(name);
    const swapped = trials.map(({ prompt }, t) => swap(prompt, random.split(t)));
    const chosen = all.filter((t) => swapped[t] !== undefined);
    if (chosen.length === 0) continue;
    const wrong = await scoresOf(chosen.map((t) => captionOf(swapped[t]!)), chosen);
    const own = chosen.map((t) => right[t]!);
    const preferred = own.map((score, i) => score > wrong[i]! ? 1 : 0);
    rows.push({
      name,
      wrong: meanOf("Text", `caption with another ${name}`, wrong, seed),
      area: areaOf("Text", `the caption from one with another ${name}`, own, wrong, seed),
      share: meanOf("Text", `right caption preferred, ${name}`, preferred, seed),
    });
  }
  return {
    title: "Text",
    checks: rows.flatMap(({ name, area, share }) => [
      areaAbove(area, 0.5),
      {
        score: "Text",
        expected: `prefers the right caption of one picture: ${name}`,
        found: `${(100 * share.mean).toFixed(0)} % of ${share.n} pictures`,
        holds: share.ci95[0] > 0.5,
      },
    ]),
    measures: [
      meanOf("Text", "the right caption", right, seed),
      ...rows.flatMap(({ wrong, area, share }) => [wrong, area, share]),
    ],
    charts: {
      "text-swaps": {
        kind: "bar",
        title: "Text: the right caption against one with a single thing wrong",
        categories: rows.map(({ name }) => name.replace(" of subject and object", "")),
        y: { title: "share or AUC; 0.5 is chance", range: [0, 1] },
        series: [
          { name: "right caption preferred", values: rows.map(({ share }) => interval(share)) },
          { name: "AUC over pictures", values: rows.map(({ area }) => interval(area)) },
        ],
      },
    },
  };
}
