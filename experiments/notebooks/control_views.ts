import type { Sheet } from "../../lib/show/sheet.ts";
import { captionOf } from "../../lib/world/mod.ts";
import { type Drawings, TRUTH } from "../recipe/drawings.ts";

/** A row per prompt: the true picture, then the first one by each method. */
export function drawingSheet({ task, imagesPerPrompt, of }: Drawings): Sheet {
  const ids = [TRUTH, ...[...of.keys()].filter((id) => id !== TRUTH)];
  return {
    title: `reference: ${task.reference.caption}`,
    columns: ids,
    rows: task.prompts.map((prompt, i) => ({
      caption: captionOf(prompt),
      images: ids.map((id) => of.get(id)!.images[i * imagesPerPrompt]),
    })),
    scale: 2,
  };
}
