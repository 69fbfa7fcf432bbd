import { Random } from "../../lib/engine/random.ts";
import {
  type Colour,
  COLOURS,
  CONCEPTS,
  type Decoration,
  DECORATIONS,
  evaluationPrompts,
  type Pattern,
  PATTERNS,
  referenceScene,
  type Scene,
} from "../../lib/world/mod.ts";
import type { Attribute } from "../recipe/attributes.ts";

/** The prompts around one subject that is not in the reference. */
export interface SubjectPrompts {
  /** Nine pairs that differ in one attribute, in the order of {@linkcode PAIRS}. */
  readonly pairs: readonly (readonly [Scene, Scene])[];
  /** One prompt for each of {@linkcode SEVERAL}. */
  readonly several: readonly Scene[];
}

/**
 * What the prompts of a pair differ in. Where the title names the reference, the first prompt asks for
 * what the reference has. Decorations and second objects are named in the first prompt and left out in
 * the second; patterns are plain there.
 */
export const PAIRS: readonly { readonly title: string; readonly attribute: Attribute }[] = [
  { title: "colour", attribute: "colour" },
  { title: "reference's colour", attribute: "colour" },
  { title: "pattern", attribute: "pattern" },
  { title: "reference's pattern", attribute: "pattern" },
  { title: "decoration", attribute: "decoration" },
  { title: "reference's decoration", attribute: "decoration" },
  { title: "subject", attribute: "subject" },
  { title: "second object", attribute: "object" },
  { title: "relation", attribute: "relation" },
];

/** The attributes that one prompt asks for at once: two, and one more each time. */
export const SEVERAL: readonly (readonly Attribute[])[] = [
  ["subject", "colour"],
  ["subject", "colour", "pattern"],
  ["subject", "colour", "pattern", "decoration"],
  ["subject", "colour", "pattern", "decoration", "object"],
];

/**
 * The prompts around `n` subjects. Everything that is not said to be the reference's is none of it.
 *
 * @param style One whose background colour is seen.
 * @param seed Draws subjects, colours, patterns and the rest.
 */
export function attributePrompts(style: string, n: number, seed: number): SubjectPrompts[] {
  const reference = referenceScene(style);
  const subjects = evaluationPrompts(style, n, seed).map(({ subject }) => subject);
  return subjects.map((subject, i) =>
    promptsOf(subject, reference, new Random(seed).split(`attributes ${style} ${i}`))
  );
}

function promptsOf(subject: string, reference: Scene, random: Random): SubjectPrompts {
  const { style, ...theirs } = reference;
  const [colour, other] = random.shuffle(
    (Object.keys(COLOURS) as Colour[]).filter((name) => name !== theirs.colour),
  ) as [Colour, Colour];
  const [object, second] = random.shuffle(
    CONCEPTS.map(({ name }) => name)
      .filter((name) => ![subject, theirs.subject, theirs.object].includes(name)),
  ) as [string, string];
  const pattern = random.pick(
    PATTERNS.filter((p): p is Exclude<Pattern, "plain"> => p !== "plain" && p !== theirs.pattern),
  );
  const decoration = random.pick(
    DECORATIONS.filter((d): d is Exclude<Decoration, "none"> =>
      d !== "none" && d !== theirs.decoration
    ),
  );
  const base: Scene = { subject, pattern: "plain", colour, decoration: "none", style };
  const left = { ...base, relation: "to the left of", object } as const;
  const patterned = { ...base, pattern }, decorated = { ...patterned, decoration };
  return {
    pairs: [
      [base, { ...base, colour: other }],
      [{ ...base, colour: theirs.colour }, base],
      [patterned, base],
      [{ ...base, pattern: theirs.pattern }, base],
      [{ ...base, decoration }, base],
      [{ ...base, decoration: theirs.decoration }, base],
      [base, { ...base, subject: second }],
      [left, base],
      [left, { ...left, relation: "to the right of" }],
    ],
    several: [base, patterned, decorated, { ...decorated, relation: left.relation, object }],
  };
}

/** All different prompts, in the order of their first use. */
export function distinct(all: readonly SubjectPrompts[], key: (scene: Scene) => string): Scene[] {
  const scenes = all.flatMap(({ pairs, several }) => [...pairs.flat(), ...several]);
  return [...new Map(scenes.map((scene) => [key(scene), scene])).values()];
}
