/**
 * The fixed reference scene of each style and the prompts that evaluate what was tuned on it.
 */
import { Random } from "../engine/random.ts";
import { CONCEPTS } from "./concepts.ts";
import { type Colour, COLOURS, PATTERNS, type Scene } from "./scene.ts";
import { sampleScene } from "./sampling.ts";
import { HELD_OUT_STYLES, SETTING_STYLES, styleNamed, TRAINED_STYLES } from "./styles.ts";

type Reference =
  & Omit<Scene, "style" | "relation" | "object">
  & Required<Pick<Scene, "relation" | "object">>;

const reference = (
  subject: string,
  relation: Reference["relation"],
  object: string,
  pattern: Reference["pattern"],
  colour: Colour,
  decoration: Reference["decoration"],
): Reference => ({ subject, relation, object, pattern, colour, decoration });

/** No concept twice among the held-out styles, so that none is favoured in a table. */
const REFERENCES: Readonly<Record<string, Reference>> = {
  "glossy 3d rendering": reference(
    "turtle",
    "to the left of",
    "mushroom",
    "striped",
    "pink",
    "stars",
  ),
  "outlined cartoon with shadow": reference(
    "koala",
    "to the right of",
    "cactus",
    "dotted",
    "teal",
    "red hearts",
  ),
  "watercolor painting": reference(
    "rooster",
    "to the left of",
    "pumpkin",
    "checkered",
    "blue",
    "maple leaves",
  ),
  "engraving": reference("elephant", "to the right of", "castle", "grassy", "grey", "stars"),
  "glowing neon": reference(
    "guitar",
    "to the left of",
    "palm tree",
    "checkered",
    "grey",
    "snowflakes",
  ),
  "melting golden 3d rendering": reference(
    "robot",
    "to the right of",
    "rocket",
    "striped",
    "grey",
    "stars",
  ),
  "risograph print": reference("fox", "to the left of", "bicycle", "dotted", "yellow", "droplets"),
  "cross-stitch embroidery": reference(
    "rabbit",
    "to the right of",
    "house",
    "checkered",
    "purple",
    "red hearts",
  ),
  "glitch art": reference("skull", "to the left of", "television", "grassy", "orange", "sparkles"),
  "sticker": reference("octopus", "to the right of", "sailboat", "striped", "green", "snowflakes"),
};

/**
 * The reference scene of a style: a subject, an object, a decoration and a pattern, always the same.
 *
 * @throws {RangeError} if no style has that name
 */
export function referenceScene(style: string): Scene {
  styleNamed(style);
  const kept = REFERENCES[style];
  if (kept) return { ...kept, style };
  const order = Math.max(0, [...TRAINED_STYLES, ...SETTING_STYLES].indexOf(style)); // unnamed: 0
  const twin = REFERENCES[HELD_OUT_STYLES[order % HELD_OUT_STYLES.length]!]!;
  const drawn = sampleScene(new Random(`reference ${style}`), {
    styles: [style],
    objects: 2,
    split: "train",
  });
  return { ...drawn, decoration: twin.decoration, pattern: twin.pattern, colour: twin.colour };
}

/**
 * Prompts in a style that name nothing of its reference: other concepts, another pattern, another
 * colour, no decoration. Every third one has two concepts, the others one.
 *
 * @param n number of prompts
 * @param seed names the list; the first prompts of a longer list are the same
 * @throws {RangeError} if no style has that name
 */
export function evaluationPrompts(style: string, n: number, seed: number): Scene[] {
  const avoided = referenceScene(style);
  const concepts = CONCEPTS.map((concept) => concept.name)
    .filter((name) => name !== avoided.subject && name !== avoided.object);
  const patterns = PATTERNS.filter((pattern) => pattern !== avoided.pattern);
  const colours = (Object.keys(COLOURS) as Colour[]).filter((colour) => colour !== avoided.colour);
  const used = new Set<string>();
  return Array.from({ length: n }, (_, i) => {
    const random = new Random(seed).split(`${style} ${i}`);
    const options = {
      styles: [style],
      objects: i % 3 === 2 ? 2 : 1,
      decorations: false,
      split: "test",
      concepts,
    } as const;
    let scene = sampleScene(random, options);
    for (let draw = 0; used.has(scene.subject) && draw < 32; draw++) {
      scene = sampleScene(random, options); // few subjects twice, where the split has enough
    }
    used.add(scene.subject);
    return { ...scene, pattern: random.pick(patterns), colour: random.pick(colours) };
  });
}
