/**
 * Where the time of a tuning step goes: by ONNX Runtime's own profiler, and by the clock around it.
 *
 * COMMAND   deno task profile [--model emoji-64] [--steps N] [--out DIR]
 * MINUTES   1 on 2 cores
 * WRITES    DIR/profile.md
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import * as ort from "onnxruntime-node";
import { useEngine } from "../../lib/engine/mod.ts";
import type { OnnxRuntimeBackend } from "../../lib/engine/onnxruntime/backend.ts";
import { Random } from "../../lib/engine/random.ts";
import { readJson, writeAtomic } from "../../lib/io/files.ts";
import { loadMuse, type Muse } from "../../lib/models/muse.ts";
import { parseCommand, runCommand } from "../../lib/show/command.ts";
import { disposeAdapter } from "../../lib/style/adapters.ts";
import { tune, TUNE_DEFAULTS } from "../../lib/style/tune.ts";
import { MODEL_FLAGS, storedModel } from "../model_flags.ts";
import { type Clock, kernelTimes, type ProfileEvent, profileMarkdown } from "./profile_report.ts";
import { sizesOf, TUNING_SEED, tuningPair } from "./work.ts";

/** Steps before the measured ones: they compile. */
const WARM_UP = 5;

/** Runs the command; throws what `runCommand` turns into one sentence. */
export async function main(args: readonly string[]): Promise<void> {
  const flags = parseCommand(args, {
    name: "profile",
    summary: "tells where the time of a tuning step goes",
    flags: {
      model: MODEL_FLAGS.model,
      steps: { type: "integer", min: 1, max: 1000, default: 20, help: "steps measured" },
      out: { type: "string", optional: true, help: "folder for profile.md" },
    },
  });
  await useEngine("onnxruntime");
  const muse = await loadMuse(await storedModel(flags.model));
  const { clock, events } = await underProfiler(() => clockedSteps(muse, flags.steps));
  const subject = `tuning step of ${flags.model}, batch ${sizesOf(muse).tuning}`;
  const text = profileMarkdown(subject, flags.steps, clock, kernelTimes(events, flags.steps));
  console.log(text);
  if (flags.out !== undefined) await writeAtomic(`${flags.out}/profile.md`, text);
}

/** Has the sessions that `work` makes profiled; gives the events of the last one, that of the steps. */
async function underProfiler(work: () => Promise<Clock>) {
  const folder = await Deno.makeTempDir();
  const { create } = ort.InferenceSession;
  const sessions: ort.InferenceSession[] = [];
  const profiled = async (model: Uint8Array, options: ort.InferenceSession.SessionOptions) => {
    const profileFilePrefix = `${folder}/${sessions.length}`;
    const session = await create.call(ort.InferenceSession, model, {
      ...{ ...options, enableProfiling: true, profileFilePrefix },
    });
    sessions.push(session);
    return session;
  };
  Object.assign(ort.InferenceSession, { create: profiled });
  try {
    const clock = await work();
    sessions.at(-1)!.endProfiling();
    const files = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
    const last = files.find((name) => name.startsWith(`${sessions.length - 1}_`));
    return { clock, events: await readJson<ProfileEvent[]>(`${folder}/${last}`) };
  } finally {
    Object.assign(ort.InferenceSession, { create });
    await Deno.remove(folder, { recursive: true });
  }
}

/** Tunes for some steps after the warm-up; means of what each has added to the backend's clocks. */
async function clockedSteps(muse: Muse, steps: number): Promise<Clock> {
  const { statistics } = tf.backend() as OnnxRuntimeBackend;
  const read = () => ({
    step: performance.now(),
    run: statistics.runMs,
    trace: statistics.traceMs,
  });
  const taken: Clock[] = [];
  let last = read();
  const config = { ...TUNE_DEFAULTS, batch: sizesOf(muse).tuning, steps: WARM_UP + steps };
  const { adapter } = await tune(muse, [tuningPair(muse)], config, {
    random: new Random(TUNING_SEED),
    onStep() {
      const now = read();
      taken.push({
        step: now.step - last.step,
        run: now.run - last.run,
        trace: now.trace - last.trace,
      });
      last = now;
    },
  });
  disposeAdapter(adapter);
  const mean = (key: keyof Clock) =>
    taken.slice(WARM_UP).reduce((sum, clock) => sum + clock[key], 0) / steps;
  return { step: mean("step"), run: mean("run"), trace: mean("trace") };
}

if (import.meta.main) await runCommand(() => main(Deno.args));
