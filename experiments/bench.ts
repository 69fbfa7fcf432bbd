/**
 * How fast the engines are at what people wait for.
 *
 * COMMAND   deno task bench [--engines onnxruntime,wasm,cpu] [--repeats N] [--out FILE.jsonl]
 * MINUTES   1 for onnxruntime on 2 cores, several for the others
 *
 * Each figure is the median of the repeats, after a warm-up. The last columns tell how many times the
 * first engine's time another one takes, and which share of the first engine's speed at products of
 * 1,024 x 1,024 matrices the matrix products of the work reach.
 *
 * @module
 */
import { type EngineName, ENGINES, useEngine } from "../lib/engine/mod.ts";
import { writeAtomic } from "../lib/io/files.ts";
import { loadMuse } from "../lib/models/muse.ts";
import { loadJudge } from "../lib/score/judge.ts";
import { quantile } from "../lib/score/statistics.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { Progress } from "../lib/show/progress.ts";
import { alignCells } from "../lib/show/table.ts";
import { benchCases } from "./bench/cases.ts";
import { countFlops } from "./bench/flops.ts";
import { MODEL_FLAGS, storedModel } from "./model_flags.ts";

/** One line of the output. */
interface Timing {
  readonly engine: string;
  readonly name: string;
  /** Median, milliseconds. */
  readonly ms: number;
  /** Quartiles, milliseconds. */
  readonly quartiles: readonly [number, number];
  readonly repeats: number;
  /** Of the matrix products of one run. */
  readonly flops: number;
}

const WARM_UP = 2;

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const { engine: _, seed: __, ...model } = MODEL_FLAGS;
  const flags = parseCommand(args, {
    name: "bench",
    summary: "times the engines",
    flags: {
      engines: {
        type: "string",
        default: ENGINES[0],
        help: "comma-separated, of onnxruntime, wasm, cpu",
      },
      repeats: { type: "integer", min: 1, max: 1000, default: 7, help: "timed runs of each case" },
      ...model,
      out: { type: "string", optional: true, help: "JSON-lines file for the figures" },
    },
  });
  const engines = enginesOf(flags.engines);
  const folder = await storedModel(flags.model);
  const timings: Timing[] = [];
  let progress: Progress | undefined;
  for (const engine of engines) {
    await useEngine(engine);
    const muse = await loadMuse(folder), judge = await loadJudge(folder);
    const cases = benchCases(muse, judge);
    progress ??= new Progress("bench", engines.length * cases.length);
    for (const { name, run } of cases) {
      const flops = await countFlops(() => run(1));
      const taken = (await run(WARM_UP + flags.repeats)).slice(WARM_UP).sort((a, b) => a - b);
      timings.push({
        ...{ engine, name, ms: quantile(taken, 0.5), repeats: flags.repeats, flops },
        quartiles: [quantile(taken, 0.25), quantile(taken, 0.75)],
      });
      progress.advance(`${engine}: ${name}`);
    }
    muse.dispose();
    judge.dispose();
  }
  progress?.finish();
  console.log(benchTable(timings));
  const machine = {
    os: Deno.build.os,
    arch: Deno.build.arch,
    cores: navigator.hardwareConcurrency,
  };
  const lines = timings.map((timing) => JSON.stringify({ ...machine, ...timing }));
  if (flags.out !== undefined) await writeAtomic(flags.out, lines.join("\n") + "\n");
}

/**
 * The engines of a comma-separated list.
 *
 * @throws {UsageError} if one is unknown
 */
export function enginesOf(list: string): EngineName[] {
  return list.split(",").map((word) => {
    const name = word.trim();
    if ((ENGINES as readonly string[]).includes(name)) return name as EngineName;
    throw new UsageError(`Unknown engine "${name}" in --engines; known are ${ENGINES.join(", ")}`);
  });
}

/** Timings as aligned text: the first engine's first, the others as multiples of it. */
export function benchTable(timings: readonly Timing[]): string {
  const engines = [...new Set(timings.map((t) => t.engine))];
  const of = (engine: string, name: string) =>
    timings.find((t) => t.engine === engine && t.name === name);
  const own = timings.filter((t) => t.engine === engines[0]);
  const ceiling = own[0]!.flops / own[0]!.ms;
  const header = [
    "",
    `${engines[0]} ms`,
    ...engines.slice(1).map((engine) => `${engine} ×`),
    "of the matmul ceiling",
  ];
  const rows = own.map(({ name, ms, flops }) => [
    name,
    ms.toFixed(1),
    ...engines.slice(1).map((engine) => (of(engine, name)!.ms / ms).toFixed(1)),
    `${(100 * flops / ms / ceiling).toFixed(0)} %`,
  ]);
  return alignCells([header, ...rows], header.map((_, i) => i === 0));
}

if (import.meta.main) await runCommand(() => main(Deno.args));
