import type { Image } from "../../lib/io/image.ts";
import type { RenderedScene, World } from "../../lib/world/mod.ts";
import { copyWindow, pasteSubject } from "../scene_edits.ts";
import type { Section } from "./section.ts";
import type { Trial } from "./trials.ts";

/** What one of the leakage scores adds to the section. */
export type Part = Omit<Section, "title">;

/** The horizontal axis of curves over {@linkcode SIZES}. */
export const PASTED_AXIS = { title: "side of the pasted subject", unit: "px of 64" };

/** Sides of the pasted subject, pixels of 64. */
export const SIZES = [0, 8, 12, 16, 24, 32] as const;
/** The last of them. */
export const LARGEST = SIZES.length - 1;

/** The pictures of the trials, in their order. */
export interface Pictures {
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

/** Draws them. */
export function draw(trials: readonly Trial[], world: World): Pictures {
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
