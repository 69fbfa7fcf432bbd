/**
 * Measures the published model against the quality bars, on scenes that no training saw.
 *
 * @module
 */
import { Random } from "../../lib/engine/random.ts";
import { generate } from "../../lib/generate/pipeline.ts";
import type { Image } from "../../lib/io/image.ts";
import { encodePng } from "../../lib/io/image.ts";
import { writeAtomic, writeJson } from "../../lib/io/files.ts";
import { loadMuse, type Muse } from "../../lib/models/muse.ts";
import { DEFAULT_THRESHOLDS } from "../../lib/score/leakage.ts";
import { type ClipJudge, HEAD_CLASSES, loadJudge, type Reading } from "../../lib/score/judge.ts";
import { areaUnderCurve } from "../../lib/score/roc.ts";
import { contactSheet } from "../../lib/show/sheet.ts";
import {
  captionOf,
  HELD_OUT_STYLES,
  openWorld,
  referenceScene,
  sampleScene,
  type Scene,
  showsColour,
  TRAINED_STYLES,
  unnamedStyle,
} from "../../lib/world/mod.ts";
import { EMOJI_64_STUDY } from "../study/presets.ts";
import { DRAWN, HELD_OUT, recordsOf, recordText, SEEN } from "./pool.ts";
import { trainingCaption } from "./training_captions.ts";
import { GENERATOR_STYLES } from "./transformer.ts";

/** Where the measurements go. */
export const RESULTS = "results/pretraining";

/** One measured bar: a share or a mean with its 95 % interval. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly ci95: readonly [number, number];
  readonly n: number;
  readonly wanted?: number;
}

/** A share with its Wilson interval. */
export function share(name: string, hits: readonly boolean[], wanted?: number): Bar {
  const n = hits.length, p = hits.filter(Boolean).length / n, z = 1.96;
  const centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const half = z / (1 + z * z / n) * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return { name, value: p, ci95: [centre - half, centre + half], n, ...(wanted ? { wanted } : {}) };
}

/** A mean with its normal interval. */
export function mean(name: string, values: readonly number[], wanted?: number): Bar {
  const n = values.length, m = values.reduce((a, b) => a + b, 0) / n;
  const variance = values.reduce((a, v) => a + (v - m) ** 2, 0) / (n - 1);
  const half = 1.96 * Math.sqrt(variance / n);
  return { name, value: m, ci95: [m - half, m + half], n, ...(wanted ? { wanted } : {}) };
}

export async function report(part: string, bars: readonly Bar[]): Promise<void> {
  for (const { name, value, ci95, n, wanted } of bars) {
    const interval = `${ci95[0].toFixed(3)} to ${ci95[1].toFixed(3)}`;
    const bar = wanted === undefined ? "" : `  bar ${wanted}${value >= wanted ? "" : " (missed)"}`;
    console.log(`${name.padEnd(44)} ${value.toFixed(3).padStart(7)}  [${interval}]  n ${n}${bar}`);
  }
  await Deno.mkdir(RESULTS, { recursive: true });
  await writeJson(`${RESULTS}/${part}.json`, { schema: "finestyle.bars/1", part, bars });
}

async function saveSheet(name: string, sheet: Parameters<typeof contactSheet>[0]): Promise<void> {
  await Deno.mkdir(RESULTS, { recursive: true });
  const path = `${RESULTS}/${name}.png`;
  await writeAtomic(path, encodePng(await contactSheet(sheet)));
  console.log(path);
}

/** Where evaluation scenes come from. */
export interface SceneSource {
  readonly styles: readonly string[];
  readonly objects: 1 | 2;
  /** Whether the combination of concept and style, or of both concepts, was held out. */
  readonly heldOut: boolean;
  readonly seed: number;
}

let records: Set<string> | undefined;

/** `n` scenes without decoration whose record is in no training pool. */
export function unseenScenes(n: number, { styles, objects, heldOut, seed }: SceneSource): Scene[] {
  records ??= recordsOf(SEEN, HELD_OUT, DRAWN);
  const random = new Random(seed).split("evaluate");
  const split = heldOut ? "test" as const : "train" as const;
  return Array.from({ length: n }, (_, i) => {
    const stream = random.split(i);
    let scene: Scene;
    do scene = sampleScene(stream, { styles, objects, decorations: false, split }); while (
      records!.has(recordText(scene))
    );
    return scene;
  });
}

function peakSignal(a: Image, b: Image): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i]! - b.data[i]!) ** 2;
  return 10 * Math.log10(255 ** 2 / Math.max(sum / a.data.length, 1e-9));
}

/** PSNR on trained and held-out styles, codebook use, and the references reconstructed. */
export async function evaluateTokenizer(folder: string): Promise<void> {
  const muse = await loadMuse(folder);
  const { render } = await openWorld();
  const used = new Set<number>();
  const psnr = async (styles: readonly string[], count: boolean) => {
    const images = [
      ...unseenScenes(150, { styles, objects: 1, heldOut: false, seed: 1 }),
      ...unseenScenes(100, { styles, objects: 2, heldOut: false, seed: 2 }),
    ].map((scene) => render(scene).image);
    const ids = muse.encodeImage(images);
    if (count) { for (const id of await ids.data()) used.add(id); }
    const decoded = await muse.decodeImage(ids);
    ids.dispose();
    return images.map((image, i) => peakSignal(image, decoded[i]!));
  };
  const bars = [
    mean("PSNR on trained styles, dB", await psnr(TRAINED_STYLES, true), 24),
    mean("PSNR on held-out styles, dB", await psnr(HELD_OUT_STYLES, false), 21),
  ];
  const codes = muse.vq.config.num_vq_embeddings;
  const hits = Array.from({ length: codes }, (_, id) => used.has(id));
  bars.push(share("codebook used on trained styles", hits, 0.6));
  await report("tokenizer", bars);
  const references = HELD_OUT_STYLES.map((style) => render(referenceScene(style)).image);
  const ids = muse.encodeImage(references);
  await saveSheet("references", {
    title: "The ten held-out references, and what the tokenizer keeps of them",
    columns: ["reference", "reconstruction"],
    rows: (await muse.decodeImage(ids)).map((image, i) => ({
      caption: captionOf(referenceScene(HELD_OUT_STYLES[i]!)),
      images: [references[i]!, image],
    })),
  });
  ids.dispose();
  muse.dispose();
}

/** The class with the highest probability. */
export function topClass(head: keyof Reading, reading: Reading): string {
  const values = reading[head];
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return HEAD_CLASSES[head][best]!;
}

function conceptCurve(scenes: readonly Scene[], readings: readonly Reading[]): number {
  const present: number[] = [], absent: number[] = [];
  readings.forEach((reading, i) => {
    const { subject, object } = scenes[i]!;
    HEAD_CLASSES.concepts.forEach((name, c) => {
      (name === subject || name === object ? present : absent).push(reading.concepts[c]!);
    });
  });
  return areaUnderCurve(present, absent);
}

/** What the judge gets right about exact renderings, and retrieval of captions. */
export async function evaluateJudge(folder: string): Promise<void> {
  const judge = await loadJudge(folder);
  const { render } = await openWorld();
  const bars: Bar[] = [];
  for (
    const [name, styles] of [["trained", TRAINED_STYLES], ["held-out", HELD_OUT_STYLES]] as const
  ) {
    const singles = unseenScenes(400, { styles, objects: 1, heldOut: false, seed: 3 });
    const pairs = unseenScenes(200, { styles, objects: 2, heldOut: false, seed: 4 });
    const scenes = [...singles, ...pairs];
    const readings = await judge.read(scenes.map((scene) => render(scene).image));
    const correct = (head: keyof Reading, value: (scene: Scene) => string, count: number) =>
      scenes.slice(0, count).map((scene, i) => topClass(head, readings[i]!) === value(scene));
    bars.push(
      share(
        `subject of single objects, ${name} styles`,
        correct("concepts", (s) => s.subject, 400),
      ),
    );
    bars.push(share(`style, ${name} styles`, correct("style", (s) => s.style, 600), 0.95));
    const shown = scenes.flatMap((scene, i) =>
      showsColour(scene.style) ? [topClass("colour", readings[i]!) === scene.colour] : []
    );
    bars.push(share(`background colour, ${name} styles`, shown));
    const wanted = name === "trained" ? 0.98 : 0.95;
    const area = conceptCurve(scenes, readings);
    bars.push({
      name: `concept head AUC, ${name} styles`,
      value: area,
      ci95: [area, area],
      n: 600,
      wanted,
    });
  }
  bars.push(await retrieval(judge, render));
  await report("judge", bars);
  judge.dispose();
}

/** Top-1 retrieval among 256 distinct captions. */
async function retrieval(judge: ClipJudge, render: (s: Scene) => { image: Image }): Promise<Bar> {
  const styles = [...TRAINED_STYLES, ...HELD_OUT_STYLES];
  const distinct = new Map(
    unseenScenes(600, { styles, objects: 2, heldOut: false, seed: 5 }).map((
      s,
    ) => [captionOf(s), s]),
  );
  const entries = [...distinct].slice(0, 256);
  const texts = await judge.embedTexts(entries.map(([caption]) => caption));
  const images = await judge.embedImages(entries.map(([, scene]) => render(scene).image));
  const hits = images.map((image, i) => {
    const scores = texts.map((text) => text.reduce((sum, v, d) => sum + v * image[d]!, 0));
    return scores.indexOf(Math.max(...scores)) === i;
  });
  return share("caption retrieval, 1 of 256", hits, 0.9);
}

/** Images by the generator alone. */
async function draw(muse: Muse, prompts: readonly string[], seed: number): Promise<Image[]> {
  const { images } = await generate(muse, {
    ...EMOJI_64_STUDY.sampling,
    prompts,
    guidance: EMOJI_64_STUDY.guidance.muse,
    seed,
  });
  return images;
}

/** What the judge names in generated images of prompts that no training saw. */
export async function evaluateGenerator(folder: string): Promise<void> {
  const muse = await loadMuse(folder), judge = await loadJudge(folder);
  const bars: Bar[] = [];
  for (const heldOut of [false, true]) {
    const source = { styles: GENERATOR_STYLES, heldOut };
    const singles = unseenScenes(240, { ...source, objects: 1, seed: 6 });
    const pairs = unseenScenes(96, { ...source, objects: 2, seed: 7 });
    const one = await judge.read(await draw(muse, singles.map(captionOf), 1));
    const two = await judge.read(await draw(muse, pairs.map(captionOf), 2));
    const named = (head: keyof Reading, value: (scene: Scene) => string) =>
      singles.map((scene, i) => topClass(head, one[i]!) === value(scene));
    const colours = named("colour", (s) => s.colour).filter((_, i) =>
      showsColour(singles[i]!.style)
    );
    const where = heldOut ? ", held-out combinations" : "";
    const bar = (value: number) => heldOut ? undefined : value;
    bars.push(
      share(`subject named${where}`, named("concepts", (s) => s.subject), bar(0.85)),
      share(`style named${where}`, named("style", (s) => s.style), bar(0.95)),
      share(`background colour named${where}`, colours, bar(0.95)),
      share(
        `both objects of a pair found${where}`,
        pairs.map((s, i) => bothFound(s, two[i]!)),
        bar(0.7),
      ),
    );
  }
  bars.push(...await unnamedBars(muse, judge));
  await report("transformer", bars);
  await generatorSheet(muse);
  muse.dispose();
  judge.dispose();
}

/** Styles without a name, called by their features: the subject in what is drawn, and in the truth. */
async function unnamedBars(muse: Muse, judge: ClipJudge): Promise<Bar[]> {
  const random = new Random("unnamed styles"), { render } = await openWorld({ unnamed: true });
  const scenes = Array.from({ length: 240 }, (_, i) => {
    const options = { objects: 1, decorations: false, split: "train" } as const;
    return sampleScene(random.split(i), { ...options, styles: [unnamedStyle(UNSEEN_STYLES + i)] });
  });
  const prompts = scenes.map((scene) => trainingCaption(scene, random, WHOLE).text);
  const named = async (images: readonly Image[]) =>
    (await judge.read(images)).map((reading, i) =>
      topClass("concepts", reading) === scenes[i]!.subject
    );
  const truth = await named(scenes.map((scene) => render(scene).image));
  return [
    share("subject named, styles by their features", await named(await draw(muse, prompts, 4))),
    share("subject named, styles by their features, exact renderings", truth),
  ];
}

/** Numbers of styles beyond those of the pools. */
const UNSEEN_STYLES = DRAWN.size;

const WHOLE = {
  dropCaption: 0,
  dropBackground: 0,
  dropStyle: 0,
  strangeStyle: 0,
  strangeUnnamed: 0,
};

function bothFound(scene: Scene, { concepts }: Reading): boolean {
  const p = (name: string) => concepts[(HEAD_CLASSES.concepts as string[]).indexOf(name)]!;
  const { concepts: threshold } = DEFAULT_THRESHOLDS;
  return p(scene.subject) >= threshold && p(scene.object!) >= threshold;
}

/** Eight trained styles x twelve prompts of one and two objects. */
async function generatorSheet(muse: Muse): Promise<void> {
  const styles = GENERATOR_STYLES.slice(0, 8);
  const random = new Random("sheet");
  const base = Array.from({ length: 12 }, (_, i) =>
    sampleScene(random.split(i), {
      styles: [GENERATOR_STYLES[0]!],
      objects: i < 8 ? 1 : 2,
      decorations: false,
      split: "train",
    }));
  const rows = [];
  for (const style of styles) {
    const images = await draw(muse, base.map((scene) => captionOf({ ...scene, style })), 3);
    rows.push({ caption: style, images });
  }
  const columns = base.map((scene) => captionOf(scene).split(", in")[0]!);
  await saveSheet("generated", { title: "Generated from unseen prompts", columns, rows, scale: 2 });
}
