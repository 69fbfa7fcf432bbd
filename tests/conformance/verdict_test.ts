import { assertEquals } from "@std/assert";
import type { Spec } from "./run_specs.ts";
import { judge, missing, regressions, untested } from "./verdict.ts";

const spec = (part: Partial<Spec>): Spec => ({
  suite: "exp",
  name: "exp: basic",
  kernels: ["Exp"],
  missing: [],
  errors: [],
  ...part,
});
const PASSED = spec({});
const FAILED = spec({ errors: ["Error: Arrays differ"] });
const SKIPPED = spec({ missing: ["Expm1"], errors: ["Error: Kernel 'Expm1' not registered"] });

Deno.test("judge() tells passed, failed, skipped and merely checked tests apart", () => {
  const verdict = (test: Spec) => judge(test).verdict;
  assertEquals(verdict(PASSED), "passed");
  assertEquals(verdict(FAILED), "failed");
  assertEquals(verdict(SKIPPED), "skipped");
  assertEquals(verdict(spec({ kernels: [] })), "checked");
});

Deno.test("judge() names the kernel or the dtype that a skipped test wants", () => {
  const reason = (part: Partial<Spec>) => judge(spec(part)).reason;
  assertEquals(reason({ missing: ["Expm1"] }), "no kernel Expm1");
  assertEquals(reason({ missing: ["Complex"] }), "complex numbers");
  assertEquals(reason({ errors: ['TypeError: Cannot store dtype "string"'] }), "dtype string");
});

Deno.test("regressions() finds failures, skipped tests and lost ones that are not expected", () => {
  const expected = { passed: 1, failures: {}, unregistered: [] };
  const found = (test: Spec, more = {}) =>
    regressions([judge(test)], { ...expected, passed: 0, ...more }).length;
  assertEquals(regressions([judge(PASSED)], expected), []);
  assertEquals(regressions([], expected), ["0 tests pass, want at least 1"]);
  assertEquals(found(FAILED), 1);
  assertEquals(found(FAILED, { failures: { "exp / exp: basic": "rounding" } }), 0);
  assertEquals(found(SKIPPED), 1);
  assertEquals(found(SKIPPED, { unregistered: ["Expm1"] }), 0);
});

Deno.test("untested() and missing() compare the registered kernels with tests and kit", () => {
  assertEquals(untested([judge(PASSED), judge(SKIPPED)], ["Exp"]), []);
  assertEquals(untested([judge(FAILED)], ["Exp"]), ["no passed test calls Exp"]);
  assertEquals(missing(["Exp"], ["Exp"]), []);
  assertEquals(missing(["Exp"], ["Log"]), ["the kit may call Log, which is not registered"]);
});
