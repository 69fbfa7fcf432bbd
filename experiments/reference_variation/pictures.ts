import type { Image } from "../../lib/io/image.ts";
import { cosine } from "../../lib/score/clip.ts";
import type { Scene } from "../../lib/world/mod.ts";
import { look, shows, wordsOf } from "../recipe/attributes.ts";
import type { Drawings } from "../recipe/drawings.ts";
import type { RecipeOptions } from "../recipe/recipe.ts";
import type { ImageScore } from "../study/summary.ts";
import { type Switch, SWITCHES, type Variant } from "./variants.ts";

/** A picture and which of the whole reference's switched concepts are found in it. */
export interface SwitchedPicture {
  readonly image: Image;
  readonly score: ImageScore;
  readonly found: Readonly<Record<Switch, boolean>>;
  /** Raw cosine of the picture with the words of each, as in CLIP excess. */
  readonly closeness: Readonly<Record<Switch, number>>;
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
  const words = await options.judge.embedTexts(
    SWITCHES.map((name) => `a ${phraseOf(name, whole)}`),
  );
  for (const [id, { images, cell }] of of) {
    const scenes = cell.images.map(({ prompt }) => task.prompts[prompt]!);
    const sights = await look(options, images, scenes);
    const embeddings = await options.judge.embedImages(images);
    pictures.set(
      id,
      images.map((image, i) => {
        const each = <T>(value: (name: Switch, place: number) => T) =>
          Object.fromEntries(SWITCHES.map((name, k) => [name, value(name, k)])) as Record<
            Switch,
            T
          >;
        return {
          image,
          score: cell.images[i]!,
          found: each((name) => shows(name, whole, sights[i]!)),
          closeness: each((_, place) => rounded(cosine(embeddings[i]!, words[place]!))),
        };
      }),
    );
  }
  return pictures;
}

/** Without the last digits, which differ by an image's place in a batch. */
function rounded(cosine: number): number {
  return Math.round(cosine * 1e6) / 1e6;
}

/** A concept as a caption calls it. */
function phraseOf(name: Switch, whole: Scene): string {
  return name === "pattern" ? `${whole.pattern} background` : wordsOf(name, whole);
}
