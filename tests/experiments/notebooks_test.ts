import { assertEquals, assertStringIncludes } from "@std/assert";
import { missingTools } from "../../experiments/notebooks.ts";

const probe = (jupyter: boolean, kernels: string) => (_: string, args: string[]) =>
  Promise.resolve({ code: jupyter ? 0 : 127, output: args[0] === "kernelspec" ? kernels : "6.5" });

Deno.test("missingTools() says what to install", async () => {
  assertStringIncludes((await missingTools(probe(false, "")))!, "pip install nbconvert");
  assertStringIncludes((await missingTools(probe(true, "{}")))!, "deno jupyter --install");
  assertEquals(await missingTools(probe(true, '{"kernelspecs":{"deno":{}}}')), undefined);
});
