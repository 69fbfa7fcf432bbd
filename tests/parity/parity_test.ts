import { assert, assertEquals } from "@std/assert";
import { ENGINES, useEngine } from "../../lib/engine/mod.ts";
import { fixtureBytes } from "../models/fixture.ts";
import { COMPONENTS, measure } from "./components.ts";
import { deviation } from "./measure.ts";

for (const engine of ENGINES) {
  for (const component of COMPONENTS) {
    Deno.test(`parity on ${engine}: ${component.title}`, async () => {
      await useEngine(engine);
      const { error, count, limit, agrees } = await measure(component);
      assert(count > 0);
      assert(agrees, `the error is ${error}, want less than ${limit}`);
    });
  }
}

Deno.test("deviation() is the largest difference over the root mean square", () => {
  assertEquals(deviation([1, 2], Float32Array.of(1, 1)), 1);
  assertEquals(deviation([3, 4], Float32Array.of(3, 4)), 0);
  assert(Number.isNaN(deviation([NaN, 1], Float32Array.of(1, 1))));
});

Deno.test("the fixtures take 2 MB at most", async () => {
  assert(await fixtureBytes() <= 2_000_000);
});
