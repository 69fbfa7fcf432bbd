import { assertEquals } from "@std/assert";
import { modelWords } from "../../experiments/model_flags.ts";

Deno.test("modelWords() choose the same model again", () => {
  assertEquals(modelWords({ model: "emoji-64", variant: "fp32" }), "");
  assertEquals(modelWords({ model: "a/b", variant: "fp16" }), " --model a/b --variant fp16");
});
