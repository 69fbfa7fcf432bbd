import * as tf from "@tensorflow/tfjs";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { countFlops } from "../../experiments/bench/flops.ts";
import { checkSame, enginesOf } from "../../experiments/bench.ts";
import { Peer } from "../../experiments/bench/peer.ts";
import { kernelTimes } from "../../experiments/bench/profile_report.ts";
import { benchMarkdown, benchTable } from "../../experiments/bench/report.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { UsageError } from "../../lib/show/command.ts";

Deno.test("countFlops() counts matrix products, that of the gradient too", async () => {
  await useEngine("cpu");
  const a = tf.ones([5, 2, 3]), b = tf.ones([5, 4, 3]);
  const product = (x: tf.Tensor) => tf.matMul(x, b, false, true); // [5, 2, 4]
  const forward = 2 * 5 * 2 * 3 * 4;
  assertEquals(await countFlops(() => Promise.resolve(product(a))), forward);
  const gradient = tf.grad((x) => tf.sum(product(x)));
  assertEquals(await countFlops(() => Promise.resolve(gradient(a))), 2 * forward);
  tf.dispose([a, b]);
});

const timing = (engine: string, name: string, ms: number, flops = 2 * 1024 ** 3) => ({
  ...{ engine, name, ms, flops, repeats: 3, quartiles: [ms, ms] as const },
  ...{ versions: { [engine]: "1.2" }, peakMB: 100 },
});
const TIMINGS = [
  timing("onnxruntime", "matmul", 10),
  timing("onnxruntime", "step", 20),
  timing("pytorch", "matmul", 100),
  timing("pytorch", "step", 50),
  timing("wasm", "matmul", 1000),
];

Deno.test("benchTable() compares engines with the first, and work with the matmul ceiling", () => {
  assertEquals(benchTable(TIMINGS).split("\n").slice(1).map((line) => line.split(/ {2,}/)), [
    ["matmul", "10.0", "10.0 to 10.0", "10.0", "100.0", "100 %"],
    ["step", "20.0", "20.0 to 20.0", "2.50", "-", "50 %"],
  ]);
});

Deno.test("benchMarkdown() tells versions, peak memory and machine", () => {
  const text = benchMarkdown("a model", TIMINGS);
  for (const part of ["| step ", "pytorch: pytorch 1.2; at most 0.10 GB", " cores, "]) {
    assertEquals([part, text.includes(part)], [part, true]);
  }
});

Deno.test("checkSame() lets rounding pass and no other work", () => {
  checkSame("tuning", 7.0001, 7.0002);
  checkSame("matmul", undefined, null);
  assertThrows(() => checkSame("tuning", 7, 7.1), Error, "7.1");
});

/** A program in place of Python that says these lines and reads one before each but the first. */
async function withProgram(lines: string[], use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile();
  const body = lines.map((line, i) => (i === 0 ? "" : "read x; ") + `echo '${line}'`).join("\n");
  await Deno.writeTextFile(path, `#!/bin/sh\n${body}\n`);
  await Deno.chmod(path, 0o755);
  await use(path).finally(() => Deno.remove(path));
}

Deno.test("Peer measures in another process", async () => {
  const answer = { ms: [1, 2], value: 3, peakMB: 4 };
  await withProgram(['{"torch": "2"}', JSON.stringify(answer)], async (path) => {
    const peer = await Peer.start(path, "model", "work", 2);
    assertEquals(peer.versions, { torch: "2" });
    assertEquals(await peer.measure("tuning", 2), answer);
    await peer.close();
  });
});

Deno.test("Peer tells in one sentence what cannot be run, or lacks a library", async () => {
  const start = (path: string) => Peer.start(path, "model", "work", 2);
  await assertRejects(() => start("/no/python"), UsageError, '--peer "/no/python"');
  const error = JSON.stringify({ error: "No module named torch" });
  await withProgram([error], async (path) => {
    await assertRejects(() => start(path), UsageError, "No module named torch; want");
  });
  await withProgram(["hello"], async (path) => {
    await assertRejects(() => start(path), UsageError, "it did not answer");
  });
});

Deno.test("kernelTimes() adds up the kernels of the last runs, per run", () => {
  const node = (ts: number, op: string, dur: number) => ({
    ...{ cat: "Node", name: `${op}_kernel_time`, ts, dur },
    args: { op_name: op, input_type_shape: [{ float: [2, 3] }] },
  });
  const run = (ts: number) => ({ cat: "Session", name: "model_run", ts, dur: 50_000 });
  const first = [run(0), node(1, "Mul", 9_000)];
  const others = [run(100), node(101, "Mul", 1_000), run(200), node(201, "Mul", 3_000)];
  const { runMs, operators, shapes } = kernelTimes([...first, ...others], 2);
  assertEquals(runMs, 50);
  assertEquals([...operators], [["Mul", { ms: 2, calls: 1 }]]);
  assertEquals([...shapes.keys()], ["Mul [2,3]"]);
});

Deno.test("bench refuses an unknown engine", () => {
  assertEquals(enginesOf("wasm, cpu"), ["wasm", "cpu"]);
  assertThrows(() => enginesOf("wasm,cuda"), UsageError, '"cuda"');
});
