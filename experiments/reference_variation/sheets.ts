import type { Sheet } from "../../lib/show/sheet.ts";
import { captionOf, type Scene } from "../../lib/world/mod.ts";
import { wordsOf } from "../recipe/attributes.ts";
import { contentOf } from "../recipe/content.ts";
import { TRUTH } from "../recipe/drawings.ts";
import type { StylePictures, SwitchedPicture } from "./pictures.ts";
import { SWITCHES } from "./variants.ts";

const TUNED = ["styledrop", "finestyle"];
/** Prompts by each method, and pictures of each caption, that a sheet shows. */
const SHOWN = 4, WORDS_SHOWN = 3;

/** A row per variant: its picture, then the same prompts by the adapters that were tuned on it. */
export function referenceSheet(
  { variants, references, prompts, byReference }: StylePictures,
): Sheet {
  const whole = variants[0]!.scene;
  const methods = TUNED.filter((id) => byReference[0]!.has(id));
  const shown = [...prompts.keys()].slice(0, SHOWN);
  const first = (pictures: readonly SwitchedPicture[], prompt: number) =>
    pictures.find(({ score }) => score.prompt === prompt)!;
  const rows = variants.map(({ name, scene }, place) => {
    const pictures = methods.flatMap((id) =>
      shown.map((prompt) => first(byReference[place]!.get(id)!, prompt))
    );
    return {
      caption: `tuned on ${name}: ${contentOf(scene)}`,
      images: [references[place], ...pictures.map(({ image }) => image)],
      notes: [undefined, ...pictures.map((picture) => foundIn(picture, whole))],
    };
  });
  const truths = byReference[0]!.get(TRUTH)!;
  return {
    title: `${whole.style}: one reference with single concepts taken out, and what of it is found`,
    columns: [
      "reference",
      ...methods.flatMap((id) => shown.map((prompt) => `${id}: ${contentOf(prompts[prompt]!)}`)),
    ],
    rows: [
      {
        caption: TRUTH,
        images: [undefined, ...methods.flatMap(() => shown.map((p) => first(truths, p).image))],
      },
      ...rows,
    ],
    scale: 2,
  };
}

/** A row per caption: its true picture, and pictures by the whole reference's adapters. */
export function wordSheet({ variants, references, byWords }: StylePictures): Sheet {
  const whole = variants[0]!.scene;
  const methods = TUNED.filter((id) => byWords[0]!.has(id));
  return {
    title: `${whole.style}: single concepts left out of the words, and what is found`,
    columns: [
      "reference",
      TRUTH,
      ...methods.flatMap((id) => Array.from({ length: WORDS_SHOWN }, (_, i) => i === 0 ? id : "")),
    ],
    rows: variants.map(({ scene }, place) => {
      const pictures = [TRUTH, ...methods].flatMap((id) => {
        const own = byWords[place]!.get(id)!;
        return id === TRUTH ? own.slice(0, 1) : padded(own.slice(0, WORDS_SHOWN), WORDS_SHOWN);
      });
      return {
        caption: captionOf(scene),
        images: [place === 0 ? references[0] : undefined, ...pictures.map((p) => p?.image)],
        notes: [undefined, ...pictures.map((picture) => picture && foundIn(picture, whole))],
      };
    }),
    scale: 2,
  };
}

function padded<T>(items: readonly T[], length: number): (T | undefined)[] {
  return Array.from({ length }, (_, i) => items[i]);
}

/** The switched concepts that are found, in the words of the whole reference. */
function foundIn({ found }: SwitchedPicture, whole: Scene): string {
  return SWITCHES.filter((name) => found[name]).map((name) => wordsOf(name, whole)).join(", ");
}
