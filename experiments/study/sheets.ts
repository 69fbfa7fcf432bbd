import type { Image } from "../../lib/io/image.ts";
import { writeImage } from "../../lib/io/image.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { fadeOutside, overlayBoxes, overlayHeat, overlayMasks } from "../../lib/show/overlay.ts";
import { contactSheet, type Sheet, type SheetRow } from "../../lib/show/sheet.ts";
import type { ConceptMap } from "../../lib/style/attention.ts";
import { type Prepared, preparePairs } from "../../lib/style/personalize.ts";
import type { Pair } from "../../lib/style/scaling.ts";
import { captionOf } from "../../lib/world/mod.ts";
import type { StudyConfig } from "./presets.ts";
import { studyRandom, type Task } from "./task.ts";

/** Prompts shown on a sheet of methods. */
const SHOWN = 8;

/** The reference with its concepts: attention, region, and the pair made of each. */
export function conceptSheet(
  { reference: { image, caption }, roundTrip }: Pick<Task, "reference" | "roundTrip">,
  prepared: Prepared,
): Sheet {
  const { decomposition, maps } = prepared;
  return {
    title: decomposition.style,
    columns: maps.length > 0 ? ["attention", "region", "pair"] : [""],
    rows: [
      { caption: `reference: ${caption}`, images: [image] },
      { caption: "through the tokenizer and back", images: [roundTrip] },
      ...maps.map((map) => conceptRow(map, image, prepared)),
    ],
    scale: 2,
  };
}

/** A concept of a reference: its pair's text; attention and region over the reference, the pair. */
export function conceptRow(
  { phrase, values, side }: ConceptMap,
  reference: Image,
  { regions, pairs }: Prepared,
): SheetRow {
  const region = regions.get(phrase)!;
  const pair = pairs.find(({ concept }) => concept === phrase);
  const mask = { width: region.side, height: region.side, data: region.mask };
  return {
    caption: pair?.text ?? phrase,
    images: [
      overlayHeat(reference, values, side, side),
      overlayBoxes(overlayMasks(reference, [mask]), [region.box]),
      pair && shownPair(pair),
    ],
  };
}

/** A pair's image; what training does not ask for is faded. */
function shownPair({ image, maskable }: Pair): Image {
  if (!maskable) return image;
  const side = Math.sqrt(maskable.length);
  return fadeOutside(image, { width: side, height: side, data: maskable });
}

/** One row per prompt: the reference with its regions, the true picture, then each method. */
export function methodSheet(
  task: Task,
  regions: Prepared["regions"],
  made: ReadonlyMap<string, readonly Image[]>,
  perPrompt: number,
): Sheet {
  const { image } = task.reference;
  const boxes = overlayBoxes(image, [...regions.values()].map((region) => region.box));
  const rows = task.prompts.slice(0, SHOWN).map((prompt, i) => ({
    caption: captionOf(prompt),
    images: [
      [image, boxes][i],
      task.truths[i],
      ...[...made.values()].map((images) => images[i * perPrompt]),
    ],
  }));
  return {
    title: `${task.style}: the same seed in every method`,
    columns: ["reference", "true picture", ...made.keys()],
    rows,
    scale: 2,
  };
}

/** Writes `concepts.png` and `sheet.png` of a style into `folder`. */
export async function drawSheets(
  folder: string,
  { muse, config, seed }: { muse: Muse; config: StudyConfig; seed: number },
  task: Task,
  made: ReadonlyMap<string, readonly Image[]>,
): Promise<void> {
  const random = studyRandom(seed, task).split("prepare"); // what personalize() draws from
  const prepared = await preparePairs(muse, task.reference, { scaling: config.scaling }, random);
  await writeImage(`${folder}/concepts.png`, await contactSheet(conceptSheet(task, prepared)));
  const sheet = methodSheet(task, prepared.regions, made, config.imagesPerPrompt);
  await writeImage(`${folder}/sheet.png`, await contactSheet(sheet));
}
