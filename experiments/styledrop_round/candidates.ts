import { feedbackPrompts, type Sample } from "../../lib/baselines/feedback.ts";
import type { Guidance } from "../../lib/generate/guidance.ts";
import { generate, type GenerateOptions } from "../../lib/generate/pipeline.ts";
import { readJson, writeJson } from "../../lib/io/files.ts";
import { type Image, readImage, writeImage } from "../../lib/io/image.ts";
import { shown, shownValue } from "../../lib/io/shown.ts";
import type { Muse } from "../../lib/models/muse.ts";
import { contactSheet } from "../../lib/show/sheet.ts";
import type { FeedbackSettings } from "../study/feedback.ts";
import type { OnWork } from "../study/cell.ts";

/** A numbered picture of round 1. */
export interface Candidate extends Sample {
  /** From 1, as on the sheets. */
  readonly number: number;
}

/** `candidates.json` */
interface CandidatesFile {
  readonly schema: "finestyle.candidates/1";
  readonly style: string;
  /** Hash of all that decides the pictures. */
  readonly job: string;
  readonly candidates: readonly {
    readonly number: number;
    readonly prompt: string;
    /** Path below the file's folder. */
    readonly image: string;
  }[];
}

/** What candidates are drawn from. */
export interface CandidatesJob {
  readonly style: string;
  readonly feedback: Pick<FeedbackSettings, "contents" | "template" | "perPrompt">;
  readonly guidance: Guidance;
  readonly sampling: Pick<GenerateOptions, "steps" | "temperature" | "choiceTemperature" | "batch">;
  readonly seed: number;
  /** Hash of this, the adapter and the model. */
  readonly hash: string;
}

const FILE = "candidates.json";
/** Pictures drawn by one call, so that what was drawn is kept when a run is cut off. */
const AT_ONCE = 64;
const PROMPTS_PER_PAGE = 10;
const PICKED_IN_A_ROW = 6;

/**
 * Draws all candidates into `candidates/`, and lists them in `candidates.json`, which is there from the
 * start; pictures that the same job left there are kept if `resume` is set.
 */
export async function drawCandidates(
  muse: Muse,
  adapted: GenerateOptions["adapted"] & object,
  job: CandidatesJob,
  folder: string,
  { resume, onWork }: { readonly resume: boolean; readonly onWork: OnWork },
): Promise<Candidate[]> {
  const { style, seed, guidance, sampling, feedback: { contents, template, perPrompt } } = job;
  const prompts = feedbackPrompts(contents, style, template);
  const listed = prompts.flatMap((prompt, p) =>
    Array.from({ length: perPrompt }, (_, i) => {
      const number = p * perPrompt + i + 1;
      return { number, prompt, image: `candidates/${String(number).padStart(4, "0")}.png` };
    })
  );
  const kept = resume && await jobOf(folder) === job.hash;
  if (!kept) await Deno.remove(`${folder}/candidates`, { recursive: true }).catch(ignoreMissing);
  const file: CandidatesFile = {
    ...{ schema: "finestyle.candidates/1", style, job: job.hash, candidates: listed },
  };
  await writeJson(`${folder}/${FILE}`, file);
  const together = Math.max(1, Math.floor(AT_ONCE / perPrompt));
  for (let first = 0; first < prompts.length; first += together) {
    const part = prompts.slice(first, first + together);
    const places = listed.slice(first * perPrompt, (first + part.length) * perPrompt);
    if (kept && await allThere(folder, places.map(({ image }) => image))) {
      await onWork(places.length, "from disk");
      continue;
    }
    let reported = 0;
    const { images } = await generate(muse, {
      ...{ ...sampling, adapted, guidance, prompts: part, imagesPerPrompt: perPrompt },
      seed: `candidates ${seed}`,
      async onProgress(done) {
        const drawn = done - reported;
        reported = done;
        await onWork(drawn, part[Math.ceil(done / perPrompt) - 1]!);
      },
    });
    for (const [i, image] of images.entries()) {
      await writeImage(`${folder}/${places[i]!.image}`, image);
    }
  }
  return (await readCandidates(folder)).candidates;
}

async function jobOf(folder: string): Promise<string | undefined> {
  const file = await readJson<CandidatesFile | null>(`${folder}/${FILE}`).catch(() => null);
  return file?.job;
}

async function allThere(folder: string, paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    paths.map((path) => Deno.stat(`${folder}/${path}`).then(() => true, () => false)),
  );
  return found.every((there) => there);
}

/**
 * The candidates that {@linkcode drawCandidates} left in a folder.
 *
 * @throws {SyntaxError} if the list is none
 */
export async function readCandidates(
  folder: string,
): Promise<{ style: string; candidates: Candidate[] }> {
  const path = `${folder}/${FILE}`;
  const refuse = (reason: string): never => {
    throw new SyntaxError(`Cannot read "${path}": ${reason}`);
  };
  const file = await readJson<CandidatesFile | null>(path);
  if (file?.schema !== "finestyle.candidates/1" || !Array.isArray(file.candidates)) {
    return refuse(`schema is ${shownValue(file?.schema)}, want finestyle.candidates/1`);
  }
  const { style } = file;
  if (typeof style !== "string") return refuse(`style is ${shownValue(style)}, want a text`);
  const candidates: Candidate[] = [];
  for (const [i, entry] of file.candidates.entries()) {
    const { number, prompt, image } = entry ?? {};
    const right = number === i + 1 && typeof prompt === "string" && typeof image === "string" &&
      /^candidates\/\d+\.png$/.test(image);
    if (!right) refuse(`candidate ${i + 1} wants its number, a prompt and an image of candidates/`);
    candidates.push({ number, prompt, image: await readImage(`${folder}/${image}`) });
  }
  return { style, candidates };
}

/**
 * The numbers of a list such as `[3, 17]`.
 *
 * @param count of the candidates
 * @throws {SyntaxError} if the file is no list of numbers
 * @throws {RangeError} if a number is of no candidate, or none is picked
 */
export async function readPicked(path: string, count: number): Promise<number[]> {
  const list = await readJson<unknown>(path);
  if (!Array.isArray(list) || !list.every(Number.isSafeInteger)) {
    const found = shown(JSON.stringify(list) ?? "");
    throw new SyntaxError(
      `Cannot read "${path}": want a list of numbers such as [3, 17]: ${found}`,
    );
  }
  const wrong = (list as number[]).find((number) => number < 1 || number > count);
  if (wrong !== undefined) {
    throw new RangeError(`Cannot read "${path}": candidates are 1 to ${count}, found "${wrong}"`);
  }
  if (list.length === 0) throw new RangeError(`Cannot read "${path}": it must pick one at least`);
  return [...new Set(list as number[])].sort((a, b) => a - b);
}

/**
 * Contact sheets of numbered candidates, one row per prompt and ten rows a page, as
 * `candidates-1.png`, `candidates-2.png`, ...
 *
 * @returns the paths
 */
export async function writeSheets(
  folder: string,
  candidates: readonly Candidate[],
  title: string,
): Promise<string[]> {
  const rows = [...Map.groupBy(candidates, ({ prompt }) => prompt)];
  const paths: string[] = [];
  for (let first = 0; first < rows.length; first += PROMPTS_PER_PAGE) {
    const page = rows.slice(first, first + PROMPTS_PER_PAGE);
    const number = rows.length <= PROMPTS_PER_PAGE ? "" : `-${first / PROMPTS_PER_PAGE + 1}`;
    paths.push(`${folder}/candidates${number}.png`);
    await writeImage(paths.at(-1)!, await numberedSheet(title, page));
  }
  return paths;
}

/** One sheet of picked candidates, `picked.png`. */
export async function writePicked(
  folder: string,
  picked: readonly Candidate[],
  title: string,
): Promise<void> {
  const rows: [string, readonly Candidate[]][] = [];
  for (let first = 0; first < picked.length; first += PICKED_IN_A_ROW) {
    rows.push(["", picked.slice(first, first + PICKED_IN_A_ROW)]);
  }
  await writeImage(`${folder}/picked.png`, await numberedSheet(title, rows));
}

function numberedSheet(
  title: string,
  rows: readonly (readonly [caption: string, row: readonly Candidate[]])[],
): Promise<Image> {
  const columns = Math.max(...rows.map(([, row]) => row.length));
  return contactSheet({
    title,
    scale: Math.max(1, Math.round(128 / rows[0]![1][0]!.image.width)),
    columns: Array<string>(columns).fill(""),
    rows: rows.map(([caption, row]) => ({
      caption,
      images: row.map(({ image }) => image),
      notes: row.map(({ number }) => String(number)),
    })),
  });
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
