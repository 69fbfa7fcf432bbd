import type { Method } from "../../lib/baselines/method.ts";
import { Random } from "../../lib/engine/random.ts";
import { encodePng } from "../../lib/io/image.ts";
import { clipFeedback } from "../../lib/score/feedback.ts";
import { alignCells } from "../../lib/show/table.ts";
import { EMOJI_64_FEEDBACK } from "../study/feedback.ts";
import type { StudyConfig } from "../study/presets.ts";
import type { StudyMethod } from "../study/methods.ts";
import { styledPrompt } from "./parti.ts";
import { type ProtocolOptions, tunes } from "./run.ts";

/** What one method costs, measured. */
export interface MethodCost {
  readonly id: string;
  /** Before the first tuning step: concepts, maps, pairs. */
  readonly prepareSeconds: number;
  /** Per tuning step; 0 where nothing is tuned. */
  readonly stepSeconds: number;
  /** Tuning steps per reference, and pictures drawn to be tuned on. */
  readonly steps: number;
  readonly samples: number;
  readonly imageSeconds: number;
  /** Of an adapter in 32 bits. */
  readonly adapterBytes: number;
}

/** What the run would cost. */
export interface Estimate {
  readonly methods: readonly MethodCost[];
  /** Seconds per image of the CLIP. */
  readonly scoreSeconds: number;
  /** Of one image as a PNG, with its tokens. */
  readonly imageBytes: number;
  readonly seconds: number;
  readonly bytes: number;
}

const STEPS = 3; // tuning steps measured, of which the first one compiles
const SLOW = 2; // seconds from which one image at a time is enough to measure
const TOKEN_BYTES = 5; // of a token id and its comma

/**
 * Measures one reference's first tuning steps and a prompt's first decoding steps of every method, and
 * works out what the whole run would take.
 *
 * @param methodsOf The methods under a config, as the run itself has them.
 */
export async function estimateProtocol(
  options: Omit<ProtocolOptions, "methods">,
  methodsOf: (config: StudyConfig) => readonly StudyMethod[],
): Promise<Estimate> {
  const { config, references, prompts, scorer, muse } = options;
  const { feedback = EMOJI_64_FEEDBACK } = config, [content] = feedback.contents;
  const short = {
    ...{ ...config, tune: { ...config.tune, steps: STEPS } },
    feedback: { ...feedback, contents: [content!], perPrompt: 1 },
  };
  const whole = new Map(methodsOf(config).map(({ method }) => [method.id, method]));
  const methods: MethodCost[] = [];
  let png = 0, scoreSeconds = 0;
  for (const entry of methodsOf(short)) {
    const { cost, images } = await measure(options, entry, whole.get(entry.method.id)!);
    methods.push(cost);
    png = Math.max(png, ...images.map((image) => encodePng(image).length));
    if (scoreSeconds > 0) continue;
    await scorer.embedImages(images);
    scoreSeconds = await secondsOf(() => scorer.embedImages(images)) / images.length;
  }
  const perStyle = prompts.length * config.imagesPerPrompt;
  const imageBytes = png + muse.transformer.config.sample_size ** 2 * TOKEN_BYTES;
  const of = (each: (cost: MethodCost) => number) =>
    references.length * methods.reduce((sum, cost) => sum + each(cost), 0);
  return {
    methods,
    scoreSeconds,
    imageBytes,
    seconds: of((cost) =>
      tuningSeconds(cost) + cost.samples * scoreSeconds +
      perStyle * (cost.imageSeconds + scoreSeconds)
    ),
    bytes: of(({ adapterBytes }) => adapterBytes + perStyle * imageBytes),
  };
}

/** All that comes before a reference's first picture. */
function tuningSeconds(
  { prepareSeconds, steps, stepSeconds, samples, imageSeconds }: MethodCost,
): number {
  return prepareSeconds + steps * stepSeconds + samples * imageSeconds;
}

async function measure(
  { muse, config, references, prompts, scorer, seed }: Omit<ProtocolOptions, "methods">,
  entry: StudyMethod,
  { steps: allSteps = 0, samples = 0 }: Method,
) {
  const [first] = references, started = performance.now(), steps: number[] = [];
  const tuned = await entry.method.prepare(first!.reference, muse, new Random(seed), () => {
    steps.push(performance.now());
  }, { rate: clipFeedback(scorer) });
  const last = steps[STEPS - 1]; // of the first round, where there are two
  const stepSeconds = last === undefined ? 0 : (last - steps[0]!) / 1000 / (STEPS - 1);
  const prepareSeconds = tunes(entry) ? Math.max(0, (steps[0]! - started) / 1000 - stepSeconds) : 0;
  const draw = (decodingSteps: number, imagesPerPrompt: number) =>
    tuned.generate({
      ...{ ...config.sampling, steps: decodingSteps, imagesPerPrompt, seed },
      prompts: [styledPrompt(prompts[0]!, first!.style)],
    });
  const alone = await secondsOf(() => draw(1, 1));
  const count = alone < SLOW ? config.imagesPerPrompt : 1;
  if (count > 1) await draw(1, count);
  const one = await secondsOf(() => draw(1, count)), before = performance.now();
  const { images } = await draw(3, count), three = (performance.now() - before) / 1000;
  const decodingStep = Math.max(0, three - one) / 2;
  const imageSeconds = (one + (config.sampling.steps - 1) * decodingStep) / count;
  const adapterBytes = tuned.trainableParameters * 4;
  tuned.dispose();
  const cost: MethodCost = {
    ...{ id: entry.method.id, prepareSeconds, stepSeconds, imageSeconds, adapterBytes },
    ...{ steps: allSteps, samples },
  };
  return { cost, images };
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** The estimate as text. */
export function estimateText(
  { methods, scoreSeconds, seconds, bytes }: Estimate,
  { config, references, prompts }: Pick<ProtocolOptions, "config" | "references" | "prompts">,
): string {
  const images = references.length * prompts.length * config.imagesPerPrompt;
  const rows = methods.map((cost) => {
    const tuning = references.length * (tuningSeconds(cost) + cost.samples * scoreSeconds);
    return [
      cost.id,
      cost.stepSeconds > 0 ? cost.stepSeconds.toPrecision(3) : "-",
      cost.imageSeconds.toPrecision(3),
      hours(tuning),
      hours(images * cost.imageSeconds),
      hours(images * scoreSeconds),
    ];
  });
  const header = ["method", "s/tuning step", "s/image", "tuning h", "images h", "CLIP h"];
  return [
    `${prompts.length} prompts x ${references.length} references x ${config.imagesPerPrompt} images ` +
    `x ${methods.length} methods = ${(images * methods.length).toLocaleString("en-US")} images, ` +
    `${config.tune.steps} tuning steps per adapter`,
    alignCells([header, ...rows], header.map((_, i) => i === 0)),
    `In all about ${hours(seconds)} hours and ${
      gigabytes(bytes)
    } GB of disk, by a few steps measured here`,
  ].join("\n");
}

const hours = (seconds: number) => number(seconds / 3600);
const gigabytes = (bytes: number) => number(bytes / 1e9);
const number = (value: number) => value >= 100 ? value.toFixed(0) : value.toPrecision(2);
