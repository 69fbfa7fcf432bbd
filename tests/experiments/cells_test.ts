import { assertEquals, assertNotEquals } from "@std/assert";
import { cachedCell, canonicalJson, hashOf } from "../../experiments/study/cells.ts";

Deno.test("canonicalJson() does not depend on the order of keys", () => {
  assertEquals(canonicalJson({ b: [{ d: 1, c: 2 }], a: null }), '{"a":null,"b":[{"c":2,"d":1}]}');
  assertEquals(hashOf({ a: 1, b: 2 }), hashOf({ b: 2, a: 1 }));
  assertNotEquals(hashOf([1, 2]), hashOf([2, 1]));
});

Deno.test("cachedCell() runs a job once per config, and again without reuse", async () => {
  const folder = await Deno.makeTempDir();
  let runs = 0;
  const job = (config: unknown, reuse: boolean) =>
    cachedCell(folder, "cell", config, reuse, () => Promise.resolve({ runs: ++runs }));
  assertEquals(await job({ seed: 1 }, true), { result: { runs: 1 }, reused: false });
  assertEquals(await job({ seed: 1 }, true), { result: { runs: 1 }, reused: true });
  assertEquals(await job({ seed: 2 }, true), { result: { runs: 2 }, reused: false });
  assertEquals(await job({ seed: 1 }, false), { result: { runs: 3 }, reused: false });
  await Deno.remove(folder, { recursive: true });
});
