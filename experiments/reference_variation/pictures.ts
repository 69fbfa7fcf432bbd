import type { Image } from "../../lib/io/image.ts";
import type { Scene } from "../../lib/world/mod.ts";
import { look, shows } from "../recipe/attributes.ts";
import type { Drawings } from "../recipe/drawings.ts";
import type { RecipeOptions } from "../recipe/recipe.ts";
import type { ImageScore } from "../study/summary.ts";
import { type Switch, SWITCHES, type Variant } from "./variants.ts";

/** A picture and which of the whole reference's switched concepts are found in it. */
export interface SwitchedPicture {
  readonly image: Image;
  readonly score: ImageScore;
  readonly found: Readonly<Record<Switch, boolean>>;
}

/** Pictures by method. */
export type MethodPictures = ReadonlyMap<string, readonly SwitchedPicture[]>;

/** All pictures of one style, by variant in the order of the variants. */
export interface StylePictures {
  readonly variants: readonly Variant[];
  /** Each variant's reference picture. */
  readonly references: readonly Image[];
  /** The prompts, and what each variant's adapters draw of them. */
  readonly prompts: readonly Scene[];
  readonly byReference: readonly MethodPictures[];
  /** What the whole reference's adapters draw of each variant's caption. */
  readonly byWords: readonly MethodPictures[];
}

/** Looks for the switched concepts in all pictures of a style. */
export async function stylePictures(
  options: RecipeOptions,
  variants: readonly Variant[],
  byReference: readonly Drawings[],
  byWords: Drawings,
): Promise<StylePictures> {
  const whole = variants[0]!.scene;
  const references: MethodPictures[] = [];
  for (const drawings of byReference) references.push(await switched(options, drawings, whole));
  const words = await switched(options, byWords, whole);
  return {
    variants,
    references: byReference.map(({ task }) => task.reference.image),
    prompts: byReference[0]!.task.prompts,
    byReference: references,
    byWords: variants.map((_, place) =>
      new Map([...words].map(([id, pictures]) => [
        id,
        pictures.filter(({ score }) => score.prompt === place),
      ]))
    ),
  };
}

async function switched(
  options: RecipeOptions,
  { task, of }: Drawings,
  whole: Scene,
): Promise<MethodPictures> {
  const pictures = new Map<string, SwitchedPicture[]>();
  for (const [id, { images, cell }] of of) {
    const scenes = cell.images.map(({ prompt }) => task.prompts[prompt]!);
    const sights = await look(options, images, scenes);
    pictures.set(
      id,
      images.map((image, i) => {
        const found = SWITCHES.map((name) => [name, shows(name, whole, sights[i]!)]);
        return { image, score: cell.images[i]!, found: Object.fromEntries(found) };
      }),
    );
  }
  return pictures;
}
