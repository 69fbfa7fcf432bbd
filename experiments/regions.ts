/**
 * How well concept maps and regions find what a caption names, by option, against EmojiWorld's masks.
 *
 * COMMAND   deno task regions [--scenes N] [--styles held-out|trained] [--model NAME|DIR] [--out DIR]
 * MINUTES   2 on 2 cores
 * WRITES    regions.json, regions.md
 *
 * Pointing: how often a map's highest place lies inside what the phrase names (the pointing game of
 * saliency methods). IoU: of a subject's region with the object's cells, and of its box with the box
 * that the true mask would give. Held-out styles are the ones that people bring.
 *
 * @module
 */
import { Random } from "../lib/engine/random.ts";
import { writeAtomic, writeJson } from "../lib/io/files.ts";
import type { Box } from "../lib/io/image.ts";
import { loadMuse, type Muse } from "../lib/models/muse.ts";
import { summarise } from "../lib/score/statistics.ts";
import { parseCommand, runCommand } from "../lib/show/command.ts";
import { Progress } from "../lib/show/progress.ts";
import { alignCells, markdownRows } from "../lib/show/table.ts";
import {
  type AttentionOptions,
  type ConceptMap,
  conceptMaps,
  upsampleMap,
} from "../lib/style/attention.ts";
import { findRegions } from "../lib/style/personalize.ts";
import { findRegion } from "../lib/style/regions.ts";
import {
  captionOf,
  conceptsOf,
  HELD_OUT_STYLES,
  openWorld,
  referenceScene,
  type RenderedScene,
  sampleScene,
  type Scene,
  SCENE_SIZE,
} from "../lib/world/mod.ts";
import { MODEL_FLAGS, startEngine, storedModel } from "./model_flags.ts";
import { GENERATOR_STYLES } from "./pretrain/transformer.ts";
import { type Arm, ARMS } from "./regions/arms.ts";
import { regionCells, type RegionsFile, type Row } from "./regions/rows.ts";
import { regionIds, trueMap } from "./regions/truth.ts";

const SIZE = { width: SCENE_SIZE, height: SCENE_SIZE };
const KINDS = ["background", "subject", "subject", "background"] as const; // by region id

/** What one concept of one scene gave. */
interface Hit {
  readonly kind: (typeof KINDS)[number];
  readonly pointing: number;
  /** Of subjects. */
  readonly cellIoU?: number;
  readonly boxIoU?: number;
}

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const flags = parseCommand(args, {
    name: "regions",
    summary: "how well attention maps find what a caption names",
    flags: {
      scenes: { type: "integer", min: 1, max: 100, default: 4, help: "scenes per style" },
      styles: {
        type: "choice",
        choices: ["held-out", "trained"],
        default: "held-out",
        help: "styles that the generator never saw, or those it learned",
      },
      out: { type: "string", default: "results/regions", help: "folder to write to" },
      ...MODEL_FLAGS,
    },
  });
  const folder = await storedModel(flags.model);
  await startEngine(flags.engine);
  const muse = await loadMuse(folder);
  const styles = flags.styles === "trained" ? GENERATOR_STYLES : HELD_OUT_STYLES;
  const scenes = styles.flatMap((style) => scenesOf(style, flags.scenes, flags.seed));
  const progress = new Progress("regions", ARMS.length * scenes.length);
  const world = await openWorld({ styles: [...styles] });
  const rows: Row[] = [];
  for (const arm of ARMS) {
    const hits: Hit[][] = [];
    for (const [i, scene] of scenes.entries()) {
      const random = new Random(flags.seed).split(i);
      const maps = await mapsOf(muse, scene, world.render(scene), random, arm.attention);
      hits.push(hitsOf(maps, scene, world.render(scene), arm));
      progress.advance(arm.id);
    }
    rows.push(rowOf(arm.id, hits, flags.seed));
  }
  progress.finish();
  muse.dispose();
  const cells = regionCells(rows), left = cells[0]!.map((_, i) => i === 0);
  const { model, engine, seed } = flags;
  const file: RegionsFile = {
    schema: "finestyle.regions/1",
    ...{ model, engine, seed, styles, rows, scenes: scenes.length },
  };
  await Deno.mkdir(flags.out, { recursive: true });
  await writeJson(`${flags.out}/regions.json`, file);
  await writeAtomic(`${flags.out}/regions.md`, markdownRows(cells, left));
  console.log(`${alignCells(cells, left)}\n`);
  console.log(`Mean and 95 % interval over ${scenes.length} scenes. Table ${flags.out}/regions.md`);
}

/** The style's reference, then other scenes of two objects. */
function scenesOf(style: string, count: number, seed: number): Scene[] {
  const random = new Random(seed).split(style);
  return Array.from(
    { length: count },
    (_, i) =>
      i === 0
        ? referenceScene(style)
        : sampleScene(random.split(i), { styles: [style], objects: 2, split: "train" }),
  );
}

/** Maps of a scene's concepts: subject, object, background, decoration, as far as it has them. */
export async function mapsOf(
  muse: Muse,
  scene: Scene,
  { image }: RenderedScene,
  random: Random,
  options?: Partial<AttentionOptions>,
): Promise<ConceptMap[]> {
  const { subjects, backgrounds } = conceptsOf(scene);
  const ids = muse.encodeImage([image]);
  const tokens = await ids.data() as Int32Array;
  ids.dispose();
  const phrases = [...subjects, ...backgrounds];
  return conceptMaps(muse, tokens, captionOf(scene), phrases, random, options);
}

/** What each map of a scene gives. */
export function hitsOf(
  maps: readonly ConceptMap[],
  scene: Scene,
  rendered: Pick<RenderedScene, "regions">,
  arm: Arm,
): Hit[] {
  const { subjects, backgrounds, style } = conceptsOf(scene);
  const ids = regionIds(scene);
  const decomposition = { caption: captionOf(scene), subjects, backgrounds, style };
  const { regions = {}, exclusive = true } = arm;
  const found = findRegions(maps, decomposition, SIZE, { regions, exclusive });
  return maps.map((map, i) => {
    const id = ids[i]!, kind = KINDS[id]!;
    const truth = trueMap(rendered, id, map.phrase, map.side);
    const pointing = rendered.regions[peakOf(map)] === id ? 1 : 0;
    if (kind === "background") return { kind, pointing };
    const region = found.get(map.phrase)!;
    const inside = truth.values.map((share) => share >= 0.5 ? 1 : 0);
    const both = region.mask.filter((v, c) => v && inside[c]).length;
    const either = region.mask.filter((v, c) => v || inside[c]).length;
    const wanted = findRegion(truth, SIZE, { ...arm.regions, threshold: 0.5 }).box;
    return { kind, pointing, cellIoU: both / either, boxIoU: boxIoU(region.box, wanted) };
  });
}

/** The pixel where the map, at the scene's size, is highest. */
function peakOf(map: ConceptMap): number {
  const values = upsampleMap(map, SCENE_SIZE, SCENE_SIZE);
  return values.indexOf(values.reduce((a, b) => Math.max(a, b)));
}

/** Intersection over union of two boxes. */
export function boxIoU(a: Box, b: Box): number {
  const overlap = (from: "x" | "y", size: "width" | "height") =>
    Math.max(0, Math.min(a[from] + a[size], b[from] + b[size]) - Math.max(a[from], b[from]));
  const both = overlap("x", "width") * overlap("y", "height");
  return both / (a.width * a.height + b.width * b.height - both);
}

/** Means over scenes. */
function rowOf(id: string, scenes: readonly (readonly Hit[])[], seed: number): Row {
  const over = (kind: Hit["kind"], value: (hit: Hit) => number) =>
    summarise(scenes.map((hits) => hits.filter((hit) => hit.kind === kind).map(value)), seed);
  return {
    id,
    subjectPointing: over("subject", (hit) => hit.pointing),
    backgroundPointing: over("background", (hit) => hit.pointing),
    cellIoU: over("subject", (hit) => hit.cellIoU!),
    boxIoU: over("subject", (hit) => hit.boxIoU!),
  };
}

if (import.meta.main) await runCommand(() => main(Deno.args));
