import type { Image } from "../../lib/io/image.ts";
import { captionOf, type Scene } from "../../lib/world/mod.ts";
import { look, type Sight } from "../recipe/attributes.ts";
import type { Drawings } from "../recipe/drawings.ts";
import type { RecipeOptions } from "../recipe/recipe.ts";
import type { SubjectPrompts } from "./pairs.ts";

/** A picture and what is seen of it. */
export interface Picture {
  readonly image: Image;
  readonly sight: Sight;
}

/** All pictures around one subject. */
export interface SubjectPictures {
  readonly prompts: SubjectPrompts;
  readonly reference: { readonly scene: Scene; readonly image: Image };
  readonly methods: readonly string[];
  /** What a method drew of one of the prompts. */
  readonly of: (method: string, scene: Scene) => readonly Picture[];
}

/** Looks at all that was drawn on one reference, and sorts it by subject. */
export async function picturesOf(
  options: RecipeOptions,
  { task, imagesPerPrompt, of }: Drawings,
  subjects: readonly SubjectPrompts[],
): Promise<SubjectPictures[]> {
  const scenes = task.prompts.flatMap((scene) => Array<Scene>(imagesPerPrompt).fill(scene));
  const pictures = new Map<string, Map<string, Picture[]>>();
  for (const [method, { images }] of of) {
    const sights = await look(options, images, scenes);
    const all = images.map((image, i) => ({ image, sight: sights[i]! }));
    pictures.set(method, Map.groupBy(all, (_, i) => captionOf(scenes[i]!)));
  }
  return subjects.map((prompts) => ({
    prompts,
    reference: { scene: task.scene, image: task.reference.image },
    methods: [...of.keys()],
    of: (method, scene) => pictures.get(method)!.get(captionOf(scene))!,
  }));
}
