import { assert, assertEquals } from "@std/assert";
import { ENGINES } from "../../lib/engine/mod.ts";
import { testOn } from "../engine/test_on.ts";
import { fixtureBytes } from "../models/fixture.ts";
import { COMPONENTS, measure } from "./components.ts";
import { deviation } from "./measure.ts";

for (const engine of ENGINES) {
  await testOn(engine, "gives the numbers of the Python libraries", async (test) => {
    for (const component of COMPONENTS) {
      await test.step(component.title, async () => {
        const { error, count, limit, agrees } = await measure(component);
        assert(count > 0);
        assert(agrees, `the error is ${error}, want less than ${limit}`);
      });
    }
  });
}

Deno.test("deviation() is the largest difference over the root mean square", () => {
  assertEquals(deviation([1, 2], Float32Array.of(1, 1)), 1);
  assertEquals(deviation([3, 4], Float32Array.of(3, 4)), 0);
  assert(Number.isNaN(deviation([NaN, 1], Float32Array.of(1, 1))));
});

Deno.test("the fixtures take 2 MB at most", async () => {
  assert(await fixtureBytes() <= 2_000_000);
});
