import { assert, assertEquals } from "@std/assert";
import { soak } from "./soak.ts";

Deno.test("tuning and sampling again and again leave nothing behind", async () => {
  const { steps, rounds, tensors } = await soak(2000); // throws where memory grows
  assertEquals(tensors.after, tensors.before);
  assert(rounds >= 2 && steps === 2000);
});
