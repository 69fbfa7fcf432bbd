/**
 * The `onnxruntime` engine in tfjs-core's own tests.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { useEngine } from "../../lib/engine/mod.ts";
import expected from "./expected.json" with { type: "json" };
import { kitKernels } from "./kit_kernels.ts";
import { runSpecs } from "./run_specs.ts";
import { type Expected, judge, type Judged, missing, regressions, untested } from "./verdict.ts";

/** The outcome of a run. */
export interface Conformance {
  readonly specs: readonly Judged[];
  /** Names of the engine's kernels. */
  readonly registered: readonly string[];
  /** Names of the kernels that the kit may call. */
  readonly wanted: readonly string[];
  readonly expected: Expected;
  /** What is worse than expected; none when all is well. */
  readonly worse: readonly string[];
}

/** Runs the tests, once per process. */
export async function conformance(): Promise<Conformance> {
  await useEngine("onnxruntime");
  const registered = tf.getKernelsForBackend("onnxruntime").map(({ kernelName }) => kernelName);
  const specs = (await runSpecs("onnxruntime")).map(judge);
  const wanted = kitKernels();
  const worse = [
    ...regressions(specs, expected),
    ...untested(specs, registered),
    ...missing(registered, wanted),
  ];
  return { specs, registered, wanted, expected, worse };
}
