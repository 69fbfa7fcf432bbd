import type { Sheet } from "../../lib/show/sheet.ts";
import { contentOf } from "../recipe/content.ts";
import { type Drawings, TRUTH } from "../recipe/drawings.ts";
import type { DistantSubject } from "./subjects.ts";

/** Subjects that a sheet shows, of all evenly spaced ones. */
const SHOWN = 10;

/** Columns from near to far, a row per method; below each picture, what went wrong. */
export function distanceSheet(
  subjects: readonly DistantSubject[],
  { task, imagesPerPrompt, of }: Drawings,
): Sheet {
  const step = Math.max(1, (subjects.length - 1) / (SHOWN - 1));
  const shown = Array.from(
    { length: Math.min(SHOWN, subjects.length) },
    (_, i) => Math.round(i * step),
  );
  const ids = [TRUTH, ...[...of.keys()].filter((id) => id !== TRUTH)];
  return {
    title: `${task.style}: subjects by their distance from the reference's`,
    columns: [
      "reference",
      ...shown.map((i) => `${subjects[i]!.subject} ${subjects[i]!.distance.toFixed(2)}`),
    ],
    rows: ids.map((id, row) => {
      const { images, cell } = of.get(id)!;
      const notes = shown.map((i) => {
        const { drawn, found } = cell.images[i * imagesPerPrompt]!;
        const missing = drawn < 1 ? [`no ${subjects[i]!.subject}`] : [];
        return [...missing, ...found.map((phrase) => `finds ${phrase}`)].join(", ");
      });
      const pictures = shown.map((i) => images[i * imagesPerPrompt]);
      return {
        caption: id,
        images: [row === 0 ? task.reference.image : undefined, ...pictures],
        notes: [row === 0 ? contentOf(task.scene) : undefined, ...notes],
      };
    }),
    scale: 2,
  };
}
