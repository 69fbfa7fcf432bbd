import type { Sheet } from "../../lib/show/sheet.ts";
import { captionOf } from "../../lib/world/mod.ts";
import { shows, wordsOf } from "../recipe/attributes.ts";
import { contentOf } from "../recipe/content.ts";
import { TRUTH } from "../recipe/drawings.ts";
import { PAIRS, SEVERAL } from "./pairs.ts";
import type { Picture, SubjectPictures } from "./pictures.ts";

/** The exact renderings first. */
function inOrder(methods: readonly string[]): string[] {
  return [TRUTH, ...methods.filter((id) => id !== TRUTH)];
}

/** A row per pair: both prompts by each method, with what is seen of the asked attribute below. */
export function pairSheet({ prompts, reference, methods, of }: SubjectPictures): Sheet {
  const ids = inOrder(methods);
  const [{ style, subject }] = prompts.pairs[0]!;
  const rows = PAIRS.map(({ title, attribute }, pair) => {
    const [a, b] = prompts.pairs[pair]!;
    const cells = ids.flatMap((id) =>
      ([[a, b], [b, a]] as const).map(([scene, other]) => {
        const { image, sight } = of(id, scene)[0]!, words = wordsOf(attribute, scene);
        return { image, note: shows(attribute, scene, sight, other) ? words : `not ${words}` };
      })
    );
    return {
      caption: `${title}: ${wordsOf(attribute, a)} / ${wordsOf(attribute, b)}`,
      images: [pair === 0 ? reference.image : undefined, ...cells.map(({ image }) => image)],
      notes: [
        pair === 0 ? contentOf(reference.scene) : undefined,
        ...cells.map(({ note }) => note),
      ],
    };
  });
  return {
    title: `${style}: nine prompt pairs around "${subject}", and what is seen of each`,
    columns: ["reference", ...ids.flatMap((id) => [id, ""])],
    rows,
    scale: 2,
  };
}

/** A row per prompt, each with one attribute more; below each picture, what is missing. */
export function severalSheet({ prompts, reference, methods, of }: SubjectPictures): Sheet {
  const ids = inOrder(methods);
  return {
    title: `${prompts.several[0]!.style}: several attributes at once`,
    columns: ["reference", ...ids],
    rows: SEVERAL.map((attributes, level) => {
      const scene = prompts.several[level]!;
      const missing = ({ sight }: Picture) =>
        attributes.filter((name) => !shows(name, scene, sight))
          .map((name) => wordsOf(name, scene)).join(", ");
      const pictures = ids.map((id) => of(id, scene)[0]!);
      return {
        caption: captionOf(scene),
        images: [level === 0 ? reference.image : undefined, ...pictures.map((p) => p.image)],
        notes: [
          level === 0 ? contentOf(reference.scene) : undefined,
          ...pictures.map((picture) => missing(picture) ? `without ${missing(picture)}` : "all"),
        ],
      };
    }),
    scale: 2,
  };
}
