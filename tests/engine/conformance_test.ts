import { assertEquals } from "@std/assert";
import { conformance } from "../conformance/mod.ts";
import { totalLine } from "../conformance/report.ts";

Deno.test("onnxruntime passes tfjs-core's own tests and has all kernels of the kit", async () => {
  const { specs, worse } = await conformance();
  console.log(totalLine(specs));
  assertEquals(worse, []);
});
