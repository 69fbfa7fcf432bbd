/**
 * Which combinations of concepts and styles training never sees: pure functions of a hash.
 */
import { CONCEPTS } from "./concepts.ts";
import { TRAINED_STYLES } from "./styles.ts";

/** A data split. */
export type Split = "train" | "test";

/** Share of unordered concept pairs that only the test split draws. */
export const HELD_OUT_PAIR_SHARE = 0.1;

/** Share of the cells of (concept, trained style) that only the test split draws. */
export const HELD_OUT_CELL_SHARE = 0.05;

/** FNV-1a with a final avalanche, mapped to [0, 1). */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** Whether two concepts, in either order, are kept for the test split. */
export function isHeldOutPair(subject: string, object: string): boolean {
  return hash(`pair ${[subject, object].sort().join(" + ")}`) < HELD_OUT_PAIR_SHARE;
}

// The same number of cells in every style, so that no style lacks test scenes.
const cells = new Map(TRAINED_STYLES.map((style) => {
  const rank = (name: string) => hash(`cell ${name} x ${style}`);
  const names = CONCEPTS.map((concept) => concept.name).sort((a, b) => rank(a) - rank(b));
  return [style, new Set(names.slice(0, Math.round(names.length * HELD_OUT_CELL_SHARE)))];
}));

/** Whether a concept in a trained style is kept for the test split; never so in held-out styles. */
export function isHeldOutCell(concept: string, style: string): boolean {
  return cells.get(style)?.has(concept) ?? false;
}

/**
 * Whether a split may draw a combination: `train` avoids every held-out pair and cell, `test` takes
 * one concept of a held-out cell or two concepts of a held-out pair.
 */
export function isInSplit(
  split: Split,
  style: string,
  subject: string,
  object: string | undefined,
): boolean {
  if (split === "train") {
    if (isHeldOutCell(subject, style)) return false;
    return object === undefined ||
      !(isHeldOutCell(object, style) || isHeldOutPair(subject, object));
  }
  if (object !== undefined) return isHeldOutPair(subject, object);
  return !cells.has(style) || isHeldOutCell(subject, style);
}
