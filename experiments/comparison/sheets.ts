import type { Sheet, SheetRow } from "../../lib/show/sheet.ts";
import { captionOf } from "../../lib/world/mod.ts";
import { contentOf } from "../recipe/content.ts";
import { type Drawings, TRUTH } from "../recipe/drawings.ts";
import { unwantedConcepts } from "../study/unwanted.ts";

/** Prompts of each style that a sheet shows. */
const SHOWN = 2;

/**
 * A row per prompt: the reference, the true picture, every method; below each picture what of the
 * reference is found in it, and at the end what would be unwanted.
 */
export function comparisonSheet(styles: readonly Drawings[], methods: readonly string[]): Sheet {
  return {
    title: "The same prompts and seeds by every system",
    columns: ["reference", TRUTH, ...methods, "Unwanted concepts"],
    rows: styles.flatMap((drawings) =>
      drawings.task.prompts.slice(0, SHOWN).map((_, place) => promptRow(drawings, methods, place))
    ),
    scale: 2,
  };
}

function promptRow(
  { task, imagesPerPrompt, of }: Drawings,
  methods: readonly string[],
  place: number,
): SheetRow {
  const prompt = task.prompts[place]!, first = place * imagesPerPrompt;
  const shown = [TRUTH, ...methods].map((id) => ({
    id,
    image: of.get(id)!.images[first],
    found: of.get(id)!.cell.images[first]!.found,
  }));
  const unwanted = unwantedConcepts(task.scene, prompt).map(({ phrase }) => phrase);
  const seen = shown.filter(({ found }) => found.length > 0)
    .map(({ id, found }) => `${id}: ${found.join(", ")}`);
  return {
    caption: captionOf(prompt),
    images: [
      task.reference.image,
      ...shown.map(({ image }) => image),
      [`${unwanted.join(", ")}.`, "Found by the judge:", ...(seen.length ? seen : ["none"])]
        .join("\n"),
    ],
    notes: [
      place === 0 ? contentOf(task.scene) : undefined,
      ...shown.map(({ found }) => found.join(", ")),
    ],
  };
}

/** Pictures of one prompt on every reference; below each, what of the reference is found in it. */
export function sneakerSheet(styles: readonly Drawings[], methods: readonly string[]): Sheet {
  const [{ imagesPerPrompt: n }] = styles as [Drawings];
  return {
    title: '"a sneaker" on every reference',
    columns: [
      "reference",
      TRUTH,
      ...methods.flatMap((id) => [id, ...Array<string>(n - 1).fill("")]),
    ],
    rows: styles.map(({ task, of }) => ({
      caption: captionOf(task.prompts[0]!),
      images: [
        task.reference.image,
        task.truths[0],
        ...methods.flatMap((id) => of.get(id)!.images),
      ],
      notes: [
        contentOf(task.scene),
        undefined,
        ...methods.flatMap((id) => of.get(id)!.cell.images.map(({ found }) => found.join(", "))),
      ],
    })),
    scale: 2,
  };
}
