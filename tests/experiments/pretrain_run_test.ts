import { assertRejects } from "@std/assert";
import { holdToRecipe } from "../../experiments/pretrain/run.ts";

Deno.test("holdToRecipe() refuses what another recipe made", async () => {
  const folder = await Deno.makeTempDir();
  await holdToRecipe(folder, { codes: 1024, seed: 1 });
  await holdToRecipe(folder, { seed: 1, codes: 1024 });
  await assertRejects(
    () => holdToRecipe(folder, { codes: 2048, seed: 1 }),
    RangeError,
    "another recipe",
  );
  await Deno.remove(folder, { recursive: true });
});
