import { assertEquals } from "@std/assert";
import { Compiler } from "../../lib/engine/onnxruntime/compiler.ts";
import { apply, leaf, type Node } from "../../lib/engine/onnxruntime/graph.ts";

/** A graph that holds `size` numbers between two operators. */
function graph(size: number): { input: Node; output: Node } {
  const input = leaf(new Float32Array(size).fill(4), [size], "float32");
  const root = apply("Sqrt", [input], [size], "float32");
  return { input, output: apply("Neg", [root], [size], "float32") };
}

async function compilations(sizes: readonly number[], budget: number): Promise<number> {
  const compiler = new Compiler(1, 64, budget);
  for (const size of sizes) {
    const { output } = graph(size);
    await compiler.run([output]);
    assertEquals(output.tensor!.data[0], -2);
  }
  return compiler.statistics.compilations;
}

Deno.test("sessions are kept as long as they fit into the budget", async () => {
  const [a, b] = [1000, 2000];
  assertEquals(await compilations([a, b, a, b], 1e6), 2);
  assertEquals(await compilations([a, b, a, b], 10_000), 4); // two values of 4 KB, two of 8 KB
  assertEquals(await compilations([b, b, b], 10), 1); // the last one stays, however large
});
