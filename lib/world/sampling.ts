/**
 * Draws scenes from a split.
 */
import type { Random } from "../engine/random.ts";
import { CONCEPTS } from "./concepts.ts";
import {
  type Colour,
  COLOURS,
  type Decoration,
  DECORATIONS,
  PATTERNS,
  RELATIONS,
  type Scene,
} from "./scene.ts";
import { isInSplit, type Split } from "./splits.ts";
import { styleNamed } from "./styles.ts";

/** What {@linkcode sampleScene} may draw. */
export interface SceneOptions {
  /** Names of the styles to draw from. */
  readonly styles: readonly string[];
  /** Number of concepts in the scene. */
  readonly objects: 1 | 2;
  /** Whether scenes may have a decoration; default true. */
  readonly decorations?: boolean;
  readonly split: Split;
  /** Names of the concepts to draw from; default all 120. */
  readonly concepts?: readonly string[];
}

const ALL_CONCEPTS = CONCEPTS.map((concept) => concept.name);
const COLOUR_NAMES = Object.keys(COLOURS) as Colour[];
const MAX_DRAWS = 20_000;

/** Concepts of the scene, drawn uniformly from the combinations of the split. */
function drawConcepts(random: Random, style: string, options: SceneOptions): string[] {
  const names = options.concepts ?? ALL_CONCEPTS;
  if (options.objects === 1) {
    const allowed = names.filter((name) => isInSplit(options.split, style, name, undefined));
    if (allowed.length > 0) return [random.pick(allowed)];
  } else {
    for (let draw = 0; draw < MAX_DRAWS; draw++) {
      const [subject, object] = [random.pick(names), random.pick(names)];
      if (subject !== object && isInSplit(options.split, style, subject, object)) {
        return [subject, object];
      }
    }
  }
  throw new RangeError(
    `Cannot sample a scene of "${style}": no combination of ${options.objects} of the ` +
      `${names.length} concepts is in split "${options.split}"`,
  );
}

/** Half of the scenes have a decoration. */
function drawDecoration(random: Random): Decoration {
  return random.below(2) === 0 ? "none" : random.pick(DECORATIONS.slice(1));
}

/**
 * Draws one scene.
 *
 * @param random advanced by the draw
 * @throws {RangeError} if a style is unknown or the split holds no combination of the concepts
 */
export function sampleScene(random: Random, options: SceneOptions): Scene {
  const style = random.pick(options.styles);
  styleNamed(style);
  const [subject, object] = drawConcepts(random, style, options) as [string, string?];
  return {
    subject,
    ...(object === undefined ? {} : { object, relation: random.pick(RELATIONS) }),
    pattern: random.pick(PATTERNS),
    colour: random.pick(COLOUR_NAMES),
    decoration: options.decorations === false ? "none" : drawDecoration(random),
    style,
  };
}
