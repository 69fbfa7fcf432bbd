import type { ConceptMap } from "../../lib/style/attention.ts";
import { findRegions } from "../../lib/style/personalize.ts";
import type { Region } from "../../lib/style/regions.ts";
import {
  captionOf,
  conceptsOf,
  type RenderedScene,
  type Scene,
  SCENE_SIZE,
} from "../../lib/world/mod.ts";

/** The id in `RenderedScene.regions` of each concept: subject, object, background, decoration. */
export function regionIds(scene: Scene): number[] {
  const { subjects, backgrounds } = conceptsOf(scene);
  return [...subjects.map((_, i) => i + 1), ...backgrounds.map((_, i) => i === 0 ? 0 : 3)];
}

/** Share of each cell of a `side` x `side` grid that a region covers, as the map of a phrase. */
export function trueMap(
  { regions }: Pick<RenderedScene, "regions">,
  id: number,
  phrase: string,
  side: number,
): ConceptMap {
  const values = new Float32Array(side * side), cell = SCENE_SIZE / side;
  regions.forEach((value, p) => {
    const [x, y] = [p % SCENE_SIZE, Math.floor(p / SCENE_SIZE)];
    if (value === id) values[Math.floor(y / cell) * side + Math.floor(x / cell)]! += 1 / cell ** 2;
  });
  return { phrase, side, values };
}

/**
 * Where a scene's concepts truly are, as regions of the kind that attention gives.
 *
 * @param side cells along each side of the grid
 * @param size side of the picture, pixels
 */
export function trueRegions(
  scene: Scene,
  rendered: Pick<RenderedScene, "regions">,
  side: number,
  size: number,
): Map<string, Region> {
  const { subjects, backgrounds, style } = conceptsOf(scene);
  const phrases = [...subjects, ...backgrounds], ids = regionIds(scene);
  const maps = phrases.map((phrase, i) => trueMap(rendered, ids[i]!, phrase, side));
  return findRegions(
    maps,
    { caption: captionOf(scene), subjects, backgrounds, style },
    { width: size, height: size },
    { regions: { threshold: 0.5 } },
  );
}
