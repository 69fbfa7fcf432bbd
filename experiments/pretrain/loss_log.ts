/**
 * The loss of a training run, kept beside its checkpoints, and its figure.
 *
 * @module
 */
import { writeAtomic } from "../../lib/io/files.ts";
import { writeImage } from "../../lib/io/image.ts";
import type { LineChart } from "../../lib/show/figure.ts";
import { chartImage } from "../../lib/show/figure_files.ts";

/** Steps that one entry is the mean of. */
const EVERY = 50;

/** The mean loss of the steps up to and including `step`, since the entry before. */
export interface LossEntry {
  readonly step: number;
  readonly loss: number;
}

const pathOf = (folder: string) => `${folder}/loss.jsonl`;

/** The entries of a run's folder; none if it has no log. */
export async function readLosses(folder: string): Promise<LossEntry[]> {
  const text = await Deno.readTextFile(pathOf(folder)).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** Appends to a run's log as it goes. */
export class LossLog {
  #sum = 0;
  #count = 0;

  private constructor(readonly folder: string) {}

  /** Goes on with the log of a folder at a step; what is later was not kept by a checkpoint. */
  static async open(folder: string, step: number): Promise<LossLog> {
    const kept = (await readLosses(folder)).filter((entry) => entry.step <= step);
    await Deno.mkdir(folder, { recursive: true });
    await writeAtomic(pathOf(folder), kept.map((entry) => JSON.stringify(entry) + "\n").join(""));
    return new LossLog(folder);
  }

  /** Takes in the loss of step `step`, from 1. */
  async add({ step, loss }: LossEntry): Promise<void> {
    this.#sum += loss;
    this.#count++;
    if (step % EVERY !== 0) return;
    const entry: LossEntry = { step, loss: this.#sum / this.#count };
    this.#sum = this.#count = 0;
    await Deno.writeTextFile(pathOf(this.folder), JSON.stringify(entry) + "\n", { append: true });
  }
}

/** Writes a run's log as `<part>-loss.{json,png}` into a folder, if there is one. */
export async function writeLossFigure(run: string, part: string, out: string): Promise<void> {
  const entries = await readLosses(run);
  if (entries.length === 0) return;
  const chart: LineChart = {
    kind: "line",
    title: `Training loss of the ${part}`,
    x: { title: "step" },
    y: { title: "loss", unit: "nats" },
    series: [{ name: part, x: entries.map((e) => e.step), y: entries.map((e) => e.loss) }],
  };
  await writeAtomic(`${out}/${part}-loss.json`, JSON.stringify(entries) + "\n");
  await writeImage(`${out}/${part}-loss.png`, await chartImage(chart));
}
