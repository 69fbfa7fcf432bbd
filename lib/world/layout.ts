/**
 * Where things stand in a scene: fixed boxes on the 4-pixel grid, so that the patch codes of a
 * drawing repeat from scene to scene.
 */
import type { Relation, Scene } from "./scene.ts";

/** A square in a 64 x 64 scene: left, top and side in pixels. */
export type Box = readonly [x: number, y: number, side: number];

/** The one object of a scene. */
export const SINGLE_BOX: Box = [8, 8, 48];

/** Boxes of the subject and of the object; the subject stands in front where they overlap. */
export const RELATION_BOXES: Readonly<Record<Relation, readonly [subject: Box, object: Box]>> = {
  "to the left of": [[0, 16, 32], [32, 16, 32]],
  "to the right of": [[32, 16, 32], [0, 16, 32]],
  "above": [[16, 0, 32], [16, 32, 32]],
  "below": [[16, 32, 32], [16, 0, 32]],
  "in front of": [[4, 28, 32], [20, 4, 40]],
  "next to a small": [[0, 12, 40], [40, 32, 20]],
};

/** A concept and where it stands. */
export interface Standing {
  /** Name of the concept. */
  readonly concept: string;
  readonly box: Box;
  readonly part: "subject" | "object";
}

/** The concepts of a scene, from back to front. */
export function standingIn({ subject, relation, object }: Scene): Standing[] {
  if (object === undefined || relation === undefined) {
    return [{ concept: subject, box: SINGLE_BOX, part: "subject" }];
  }
  const [subjectBox, objectBox] = RELATION_BOXES[relation];
  return [
    { concept: object, box: objectBox, part: "object" },
    { concept: subject, box: subjectBox, part: "subject" },
  ];
}

/** The four corners; decorations lie behind the objects. */
export const DECORATION_BOXES: readonly Box[] = [
  [1, 1, 12],
  [51, 1, 12],
  [1, 51, 12],
  [51, 51, 12],
];

/** Free pixels on every side of a glyph in its box. */
export const MARGIN = 1;
