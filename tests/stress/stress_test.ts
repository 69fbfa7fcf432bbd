import { assertEquals } from "@std/assert";
import { readJson, writeJson } from "../../lib/io/files.ts";
import { FAMILIES } from "../fuzz/families.ts";
import type { Tally } from "../fuzz/family.ts";
import { main } from "./stress.ts";

Deno.test("stress keeps its figures where --out says, beside those of its other parts", async () => {
  const out = await Deno.makeTempDir(), path = `${out}/reliability.json`;
  await writeJson(path, { strangers: "of an earlier run", soak: "of an earlier run" });
  await main(["--part", "strangers", "--seed", "5", "--out", out], 1e-3);
  const { seed, strangers, soak } = await readJson<Record<string, unknown>>(path);
  assertEquals([seed, soak], [5, "of an earlier run"]);
  const families = (strangers as Tally[]).map(({ family }) => family);
  assertEquals(families, FAMILIES.map(({ name }) => name));
  await Deno.remove(out, { recursive: true });
});
