/**
 * How fast the engines are at what people wait for, and beside them PyTorch.
 *
 * COMMAND   deno task bench [--engines onnxruntime,wasm,...] [--peer PYTHON] [--out DIR]
 * NEEDS     for --peer a Python with torch, diffusers and transformers
 * MINUTES   1 for onnxruntime on 2 cores, as much again for PyTorch, several for wasm
 * WRITES    DIR/bench.jsonl with every figure, DIR/bench.md
 *
 * Each figure is the median of the repeats, after a warm-up. The columns with × tell how many times the
 * first engine's time another one takes, and the last one which share of the first engine's speed at
 * products of 1,024 x 1,024 matrices the matrix products of the work reach.
 *
 * --peer runs experiments/bench/peer.py under that interpreter: the same model files, inputs, precision
 * and number of threads. Each case runs here and there in turns, and what both computed is compared.
 *
 * @module
 */
import process from "node:process";
import * as tf from "@tensorflow/tfjs";
import { type EngineName, ENGINES, useEngine } from "../lib/engine/mod.ts";
import { writeAtomic } from "../lib/io/files.ts";
import { writeSafetensors } from "../lib/io/safetensors.ts";
import { loadMuse, type Muse } from "../lib/models/muse.ts";
import { type ClipJudge, JUDGE_PARTS, loadJudge } from "../lib/score/judge.ts";
import { quantile } from "../lib/score/statistics.ts";
import { parseCommand, runCommand, UsageError } from "../lib/show/command.ts";
import { Progress } from "../lib/show/progress.ts";
import { benchCases, type Case, type Runs } from "./bench/cases.ts";
import { countFlops } from "./bench/flops.ts";
import { Peer } from "./bench/peer.ts";
import { benchMarkdown, benchTable, machine, type Timing } from "./bench/report.ts";
import { sizesOf, workTensors } from "./bench/work.ts";
import { MODEL_FLAGS, storedModel } from "./model_flags.ts";

/** Here and at the peer in turns, so that a busy moment of the machine meets both. */
const ROUNDS = 3;
/** Runs at the start of each round that do not count. */
const WARM_UP = 2;
/**
 * A case that takes longer gets fewer runs: where there is no time for rounds a single one, and where
 * one run takes that long, that one.
 */
const SECONDS_PER_CASE = 30;
/** How far what two engines compute may differ, relative. */
const TOLERANCE = 1e-3;

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
        help: `comma-separated, of ${ENGINES.join(", ")}`,
      },
      repeats: { type: "integer", min: 1, max: 1000, default: 9, help: "timed runs of each case" },
      ...model,
      peer: { type: "string", optional: true, help: "Python that does the same in PyTorch" },
      out: { type: "string", optional: true, help: "folder for bench.jsonl and bench.md" },
    },
  });
  const engines = enginesOf(flags.engines);
  const folder = await storedModel(flags.model);
  const timings: Timing[] = [];
  for (const engine of engines) {
    const python = engine === engines[0] ? flags.peer : undefined;
    timings.push(...await measureEngine(engine, folder, flags.repeats, python));
  }
  console.log(benchTable(timings));
  if (flags.out === undefined) return;
  const lines = timings.map((timing) => JSON.stringify({ ...machine(), ...timing }));
  await writeAtomic(`${flags.out}/bench.jsonl`, lines.join("\n") + "\n");
  await writeAtomic(`${flags.out}/bench.md`, benchMarkdown(flags.model, timings));
}

/** All cases on one engine, and by the peer, if there is one. */
async function measureEngine(
  engine: EngineName,
  folder: string,
  repeats: number,
  python: string | undefined,
): Promise<Timing[]> {
  await useEngine(engine);
  const muse = await loadMuse(folder), judge = await judgeOf(folder);
  const sizes = sizesOf(muse);
  const peer = python === undefined ? undefined : await startPeer(python, muse, repeats);
  const cases = benchCases(muse, judge, sizes);
  const progress = new Progress(`bench ${engine}`, cases.length);
  const timings: Timing[] = [];
  for (const one of cases) {
    timings.push(...await measureCase(engine, one, repeats, peer));
    progress.advance(one.name);
  }
  progress.finish();
  await peer?.close();
  muse.dispose();
  judge?.dispose();
  return timings;
}

/** PyTorch with the inputs of all cases. */
async function startPeer(python: string, muse: Muse, repeats: number): Promise<Peer> {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    const tensors = await workTensors(muse, sizesOf(muse), WARM_UP + Math.ceil(repeats / ROUNDS));
    await writeSafetensors(path, { tensors, metadata: {} });
    return await Peer.start(python, muse.folder, path, navigator.hardwareConcurrency);
  } finally {
    await Deno.remove(path); // the peer has read it before it answers
  }
}

/** The judge of a model that has one. */
async function judgeOf(folder: string): Promise<ClipJudge | undefined> {
  const there = await Deno.stat(`${folder}/${JUDGE_PARTS.image}`).then(() => true, () => false);
  return there ? await loadJudge(folder) : undefined;
}

/** One case here and by the peer. */
async function measureCase(
  engine: EngineName,
  { id, name, run }: Case,
  repeats: number,
  peer: Peer | undefined,
): Promise<Timing[]> {
  let first: Runs | undefined;
  const flops = await countFlops(async () => first = await run(1));
  const fitting = SECONDS_PER_CASE * 1000 / first!.ms[0]!;
  const perRound = Math.floor(fitting / ROUNDS) - WARM_UP;
  const times = WARM_UP + Math.min(Math.ceil(repeats / ROUNDS), Math.max(1, perRound));
  const own: number[] = [], theirs: number[] = [];
  let peakMB = 0;
  const both = async (times: number, here: Runs | Promise<Runs>) => {
    const { ms, value } = await here;
    own.push(...counted(ms));
    if (!peer) return;
    const there = await peer.measure(id, times);
    checkSame(name, value, there.value);
    theirs.push(...counted(there.ms));
    peakMB = there.peakMB;
  };
  if (fitting < 1) await both(1, first!);
  const rounds = perRound >= 1 ? ROUNDS : Math.min(1, Math.floor(fitting));
  for (let round = 0; round < rounds; round++) await both(times, run(times));
  const ownPeakMB = Math.round(process.resourceUsage().maxRSS * 1.024 / 1000);
  const versions = await versionsOf(engine);
  return [
    { engine, versions, name, flops, peakMB: ownPeakMB, ...summary(own) },
    ...peer
      ? [{ engine: "pytorch", versions: peer.versions, name, flops, peakMB, ...summary(theirs) }]
      : [],
  ];
}

/** The runs after the warm-up; a single run is its own. */
function counted(ms: number[]): number[] {
  return ms.length > WARM_UP ? ms.slice(WARM_UP) : ms;
}

async function versionsOf(engine: EngineName): Promise<Record<string, string>> {
  const own = { deno: Deno.version.deno, tfjs: tf.version.tfjs };
  if (engine !== "onnxruntime") return own;
  const { env } = await import("onnxruntime-node");
  return { ...own, onnxruntime: env.versions.node ?? env.versions.common };
}

function summary(taken: readonly number[]): Pick<Timing, "ms" | "quartiles" | "repeats"> {
  const ms = taken.toSorted((a, b) => a - b);
  const quartiles = [quantile(ms, 0.25), quantile(ms, 0.75)] as const;
  return { ms: quantile(ms, 0.5), quartiles, repeats: ms.length };
}

/**
 * Throws where the peer computed something else, so that times are of the same work.
 *
 * @param own What the case computed here, if it has such a number.
 */
export function checkSame(name: string, own: number | undefined, theirs: number | null): void {
  if (own === undefined || theirs === null) return;
  if (Math.abs(own - theirs) <= TOLERANCE * Math.abs(own)) return;
  throw new Error(`The peer does other work in "${name}": it finds ${theirs}, here it is ${own}`);
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

if (import.meta.main) await runCommand(() => main(Deno.args));
