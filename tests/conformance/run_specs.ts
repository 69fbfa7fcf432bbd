/**
 * Runs tfjs-core's own tests on an engine.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import jasmineCore from "jasmine-core";
import { CoreLoader, coreModules } from "./core_modules.ts";

/** Files with tests of operations, optimizers, autodiff and tensors. */
const FILES = [
  ...coreModules("ops/"),
  ...coreModules("optimizers/"),
  ...["buffer_test", "gradients_test", "tape_test", "tensor_test", "variable_test"],
].filter((path) => path.endsWith("_test"));

/** What became of one test of tfjs-core. */
export interface Spec {
  /** The file's path without `ops/` and `_test`, such as `fused/fused_conv2d`. */
  readonly suite: string;
  readonly name: string;
  /** Kernels that the test called. */
  readonly kernels: readonly string[];
  /** Those of them that the engine has not. */
  readonly missing: readonly string[];
  /** Why it failed; none when it passed. */
  readonly errors: readonly string[];
}

/** jasmine's record of a finished test. */
interface SpecResult {
  readonly id: string;
  readonly fullName: string;
  readonly failedExpectations: readonly { readonly message: string }[];
}

/** jasmine's record of a finished `describe`. */
type SuiteResult = Pick<SpecResult, "fullName" | "failedExpectations">;

/** The part of tfjs-core's `jasmine_util` that is called here. */
interface JasmineUtil {
  setTestEnvs(environments: { name: string; backendName: string }[]): void;
}

/** Notes the name of each kernel in `called` when TensorFlow.js wants to run it. */
function traceKernels(called: Set<string>): void {
  const engine = tf.engine();
  const runKernel = engine.runKernel;
  engine.runKernel = function (name, ...rest) {
    called.add(name);
    return runKernel.call(this, name, ...rest) as never;
  };
}

/**
 * Runs tfjs-core's tests, once per process.
 *
 * @param backendName The engine, which must be in use.
 * @throws {Error} If a file cannot be loaded or the preparation of a test fails.
 */
export async function runSpecs(backendName: string): Promise<Spec[]> {
  const globals = jasmineCore.noGlobals(true);
  const suites = new Map<string, string>(); // of the tests, by jasmine's id
  let loading = "";
  const it = (...test: unknown[]) => suites.set(globals.it(...test).id, loading);
  // jasmine_util makes an instance of jasmine of its own only to set a timeout.
  const require = () => ({ core: () => ({}) });
  const loader = new CoreLoader({ ...globals, it, require });
  const { setTestEnvs } = loader.load("jasmine_util") as unknown as JasmineUtil;
  setTestEnvs([{ name: "", backendName }]);
  for (const path of FILES) {
    loading = path.replace(/^ops\/|_test$/g, "");
    loader.load(path);
  }

  const called = new Set<string>();
  traceKernels(called);
  const specs: Spec[] = [];
  const broken: string[] = [];
  const environment = globals.jasmine.getEnv();
  environment.configure({ random: false });
  environment.addReporter({
    specStarted: () => called.clear(),
    specDone: ({ id, fullName, failedExpectations }: SpecResult) =>
      specs.push({
        suite: suites.get(id)!,
        name: fullName.replace(/ +\{\} /, ": "), // the environment's empty name and flags
        kernels: [...called],
        missing: [...called].filter((name) => !tf.getKernel(name, backendName)),
        errors: failedExpectations.map(({ message }) => message),
      }),
    suiteDone: ({ fullName, failedExpectations }: SuiteResult) =>
      broken.push(...failedExpectations.map(({ message }) => `${fullName}: ${message}`)),
  });
  await environment.execute();
  if (broken.length > 0) throw new Error(`Cannot run tfjs-core's tests: ${broken.join("; ")}`);
  return specs;
}
