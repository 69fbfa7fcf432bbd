/**
 * Sorts the results of tfjs-core's tests and compares them with what is expected.
 *
 * @module
 */
import { NORMALISE } from "../../lib/engine/kernels.ts";
import type { Spec } from "./run_specs.ts";

/** The content of `expected.json`. */
export interface Expected {
  /** The fewest tests that must pass. */
  readonly passed: number;
  /** Tests that may fail, as `suite / name`, with the reason. */
  readonly failures: Readonly<Record<string, string>>;
  /** Kernels that the engine does without, as the kit does; a test that calls one is skipped. */
  readonly unregistered: readonly string[];
}

/** What a test counts as; `checked` is a test that passes without a kernel. */
export type Verdict = "passed" | "failed" | "skipped" | "checked";

/** A test with what it counts as. */
export interface Judged extends Spec {
  readonly verdict: Verdict;
  /** Why it was skipped; the error of a failed test. */
  readonly reason: string;
}

/** The name of a test in `expected.json`. */
export function nameOf({ suite, name }: Spec): string {
  return `${suite} / ${name}`;
}

/** Why a test does not apply to the engine; nothing where it does. */
function skipReason({ missing, errors }: Spec): string | undefined {
  if (missing.includes("Complex")) return "complex numbers";
  if (missing.length > 0) return `no kernel ${missing[0]}`;
  const dtype = /Cannot store dtype "(\w+)"/.exec(errors.join())?.[1];
  return dtype && `dtype ${dtype}`;
}

/** What a test counts as: skipped where it wants a dtype or a kernel that the engine has not. */
export function judge(spec: Spec): Judged {
  const skipped = skipReason(spec);
  if (skipped) return { ...spec, verdict: "skipped", reason: skipped };
  if (spec.errors.length > 0) {
    return { ...spec, verdict: "failed", reason: spec.errors.join("; ") };
  }
  return { ...spec, verdict: spec.kernels.length > 0 ? "passed" : "checked", reason: "" };
}

/** What is worse than expected: failures, skipped tests, too few passed ones; none if all is well. */
export function regressions(specs: readonly Judged[], expected: Expected): string[] {
  const failures = specs
    .filter((spec) => spec.verdict === "failed" && !(nameOf(spec) in expected.failures))
    .map((spec) => `${nameOf(spec)} fails: ${spec.reason}`);
  const lost = [...new Set(specs.flatMap((spec) => spec.missing))]
    .filter((kernel) => !expected.unregistered.includes(kernel))
    .map((kernel) => `tests of ${kernel} are skipped: it is not registered`);
  const passed = specs.filter(({ verdict }) => verdict === "passed").length;
  const fewer = passed < expected.passed
    ? [`${passed} tests pass, want at least ${expected.passed}`]
    : [];
  return [...failures, ...lost, ...fewer];
}

/** Registered kernels of TensorFlow.js that no passed test calls. */
export function untested(specs: readonly Judged[], registered: readonly string[]): string[] {
  const called = new Set(
    specs.flatMap(({ verdict, kernels }) => (verdict === "passed" ? kernels : [])),
  );
  return registered
    .filter((kernel) => kernel !== NORMALISE && !called.has(kernel))
    .map((kernel) => `no passed test calls ${kernel}`);
}

/** Kernels that the kit may call and the engine has not. */
export function missing(registered: readonly string[], wanted: readonly string[]): string[] {
  return wanted
    .filter((kernel) => !registered.includes(kernel))
    .map((kernel) => `the kit may call ${kernel}, which is not registered`);
}
