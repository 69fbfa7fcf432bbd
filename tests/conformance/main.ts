/**
 * Prints how the `onnxruntime` engine does in tfjs-core's own tests; exits 1 when a test fails
 * that `expected.json` does not list.
 *
 *     deno task conformance
 *
 * About 10 seconds.
 */
import { conformance } from "./mod.ts";
import { kernelList, suiteTable, totalLine } from "./report.ts";
import { nameOf } from "./verdict.ts";

const { specs, registered, wanted, expected, worse } = await conformance();
console.log(suiteTable(specs));
console.log(`\n${kernelList(specs, registered, wanted)}\n`);
for (const spec of specs.filter(({ verdict }) => verdict === "failed")) {
  const why = expected.failures[nameOf(spec)];
  console.log(why ? `fails as expected: ${nameOf(spec)}: ${why}` : `FAILS: ${nameOf(spec)}`);
}
console.log(totalLine(specs));
for (const line of worse) console.error(`Worse than expected: ${line}`);
Deno.exit(worse.length > 0 ? 1 : 0);
