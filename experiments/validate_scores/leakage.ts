import type { Muse } from "../../lib/models/muse.ts";
import type { Judge } from "../../lib/score/judge.ts";
import type { World } from "../../lib/world/mod.ts";
import { unwantedConcepts } from "../study/unwanted.ts";
import { detectorPart, headsPart } from "./leakage_detector.ts";
import { copyPart, excessPart } from "./leakage_over_untuned.ts";
import { draw } from "./leakage_pictures.ts";
import type { Section } from "./section.ts";
import type { Trial } from "./trials.ts";

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
