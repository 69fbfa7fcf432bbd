/**
 * Prints how far the kit's numbers are from those of diffusers, transformers, PEFT and PyTorch, from
 * the fixtures of tests/models/fixtures; exits 1 when one is further than its limit.
 *
 *     deno task parity [--engine NAME]
 *
 * A few seconds.
 */
import { type EngineName, useEngine } from "../../lib/engine/mod.ts";
import { parseArgs } from "@std/cli/parse-args";
import { COMPONENTS, measure } from "./components.ts";
import { parityTable } from "./table.ts";

const { engine } = parseArgs(Deno.args, { string: ["engine"], default: { engine: "onnxruntime" } });
await useEngine(engine as EngineName);
const results = [];
for (const component of COMPONENTS) results.push(await measure(component));
console.log(parityTable(results));
Deno.exit(results.every(({ agrees }) => agrees) ? 0 : 1);
