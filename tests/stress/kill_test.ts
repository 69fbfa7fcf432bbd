import { assert, assertEquals, assertRejects } from "@std/assert";
import { Random } from "../../lib/engine/random.ts";
import { Violation } from "../fuzz/family.ts";
import { JOBS } from "./jobs.ts";
import { killAgain } from "./kill.ts";
import { soak } from "./soak.ts";

for (const job of JOBS) {
  Deno.test(`${job.name} gives the same when it is killed and started again`, async () => {
    const { kills, finished } = await killAgain(job, 1, new Random(job.name));
    assertEquals(kills, 1);
    assert(finished >= 1);
  });
}

Deno.test("killAgain() finds a job that gives something else each time", async () => {
  const [pretrain] = JOBS;
  let steps = 1;
  const changing = {
    ...pretrain!,
    args: (out: string) => ["pretrain", out, String(steps++)],
    results: /^step-\d+\.safetensors$/,
  };
  await assertRejects(() => killAgain(changing, 1, new Random(0)), Violation, "after ");
});

Deno.test("tuning and sampling in one process keep their memory", async () => {
  const { rounds, tensors } = await soak(2);
  assert(rounds >= 1);
  assertEquals(tensors.after, tensors.before);
});
