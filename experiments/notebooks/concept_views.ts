import { Random } from "../../lib/engine/random.ts";
import type { Image } from "../../lib/io/image.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { overlayBoxes, overlayHeat, overlayMasks } from "../../lib/show/overlay.ts";
import type { Sheet } from "../../lib/show/sheet.ts";
import { markdownRows } from "../../lib/show/table.ts";
import type { ConceptMap } from "../../lib/style/attention.ts";
import type { Decomposition } from "../../lib/style/concepts.ts";
import { findRegions } from "../../lib/style/personalize.ts";
import type { Region } from "../../lib/style/regions.ts";
import type { Pair } from "../../lib/style/scaling.ts";
import { captionOf, conceptsOf, type RenderedScene, type Scene } from "../../lib/world/mod.ts";
import { mapsOf } from "../regions.ts";
import type { Arm } from "../regions/arms.ts";

/** What captions were taken apart into, as Markdown. */
export function decompositionTable(all: readonly Decomposition[]): string {
  return markdownRows([
    ["caption", "subjects", "backgrounds", "style"],
    ...all.map(({ caption, subjects, backgrounds, style }) => [
      ...[caption, subjects.join("; "), backgrounds.join("; "), style],
    ]),
  ], [true, true, true, true]);
}

/** The pairs of a reference as Markdown; training masks only tokens of the region where there is one. */
export function pairTable(pairs: readonly Pair[]): string {
  return markdownRows([
    ["pair", "text", "tokens that training may mask"],
    ...pairs.map(({ kind, text, maskable, variants }) => {
      const length = variants[0]!.length;
      const open = maskable ? maskable.reduce((sum, v) => sum + v, 0) : length;
      return [kind, text, `${open} of ${length}`];
    }),
  ], [true, true, false]);
}

/** One row per concept of a scene: where it truly stands, then what each arm says. */
export async function armSheet(
  muse: Muse,
  scene: Scene,
  rendered: RenderedScene,
  arms: readonly Arm[],
  draw: "attention" | "regions",
  seed = 0,
): Promise<Sheet> {
  const { subjects, backgrounds, style } = conceptsOf(scene);
  const phrases = [...subjects, ...backgrounds];
  const decomposition = { caption: captionOf(scene), subjects, backgrounds, style };
  const columns: Image[][] = [phrases.map((_, i) => truth(rendered, subjects.length, i))];
  for (const { attention, regions = {}, exclusive = true } of arms) {
    const maps = await mapsOf(muse, scene, rendered, new Random(seed), attention);
    const found = findRegions(maps, decomposition, rendered.image, { regions, exclusive });
    columns.push(
      maps.map((map) =>
        draw === "attention"
          ? heat(rendered.image, map)
          : outlined(rendered.image, found.get(map.phrase)!)
      ),
    );
  }
  return {
    columns: ["truth", ...arms.map(({ id }) => id)],
    rows: phrases.map((caption, i) => ({ caption, images: columns.map((column) => column[i]) })),
    scale: 2,
  };
}

function heat(image: Image, { values, side }: ConceptMap): Image {
  return overlayHeat(image, values, side, side);
}

function outlined(image: Image, { mask, side, box }: Region): Image {
  return overlayBoxes(overlayMasks(image, [{ width: side, height: side, data: mask }]), [box]);
}

/** The place of the i-th concept, as the world drew it: subjects are 1 and 2, then 0 and 3. */
function truth({ image, regions }: RenderedScene, subjects: number, i: number): Image {
  const id = i < subjects ? i + 1 : i === subjects ? 0 : 3;
  const data = regions.map((region) => region === id ? 1 : 0);
  return overlayMasks(image, [{ width: image.width, height: image.height, data }]);
}
