import type { UnwantedConcept } from "../../lib/score/leakage.ts";
import { COLOURS, CONCEPTS, DECORATIONS, type Scene, showsColour } from "../../lib/world/mod.ts";

const CONCEPT_NAMES = CONCEPTS.map((concept) => concept.name);
const COLOUR_NAMES = Object.keys(COLOURS);

/**
 * The concepts of the reference that the prompt does not ask for: subject and object, the decoration,
 * and the background colour where the style lets it be seen (method.md 5.3).
 *
 * @param reference The scene that was tuned on.
 * @param prompt The scene that was asked for.
 */
export function unwantedConcepts(reference: Scene, prompt: Scene): UnwantedConcept[] {
  const { subject, object, colour, decoration } = reference;
  const unwanted: UnwantedConcept[] = [];
  for (const phrase of [subject, object]) {
    if (phrase === undefined || phrase === prompt.subject || phrase === prompt.object) continue;
    unwanted.push({ phrase, head: "concepts", index: CONCEPT_NAMES.indexOf(phrase) });
  }
  if (colour !== prompt.colour && showsColour(reference.style) && showsColour(prompt.style)) {
    const index = COLOUR_NAMES.indexOf(colour);
    unwanted.push({ phrase: `${colour} background`, head: "colour", index });
  }
  if (decoration !== "none" && decoration !== prompt.decoration) {
    const index = DECORATIONS.indexOf(decoration);
    unwanted.push({ phrase: decoration, head: "decoration", index });
  }
  return unwanted;
}
