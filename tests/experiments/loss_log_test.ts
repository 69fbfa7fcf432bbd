import { assertAlmostEquals, assertEquals } from "@std/assert";
import { LossLog, readLosses, writeLossFigure } from "../../experiments/pretrain/loss_log.ts";
import { inFolder, namesIn } from "../in_folder.ts";

Deno.test("a loss log holds means of 50 steps, and drops what no checkpoint kept", () =>
  inFolder(async (folder) => {
    assertEquals(await readLosses(folder), []);
    const first = await LossLog.open(folder, 0);
    for (let step = 1; step <= 120; step++) await first.add({ step, loss: step });
    const [a, b] = await readLosses(folder);
    assertAlmostEquals(a!.loss, 25.5);
    assertAlmostEquals(b!.loss, 75.5);

    const resumed = await LossLog.open(folder, 80); // the checkpoint was at step 80
    assertEquals((await readLosses(folder)).map(({ step }) => step), [50]);
    for (let step = 81; step <= 100; step++) await resumed.add({ step, loss: 7 });
    assertEquals((await readLosses(folder)).map(({ step }) => step), [50, 100]);
    assertAlmostEquals((await readLosses(folder))[1]!.loss, 7);
  }));

Deno.test("a loss figure is written where there is a log", () =>
  inFolder(async (folder) => {
    await writeLossFigure(folder, "judge", `${folder}/out`);
    const log = await LossLog.open(folder, 0);
    for (let step = 1; step <= 100; step++) await log.add({ step, loss: 1 / step });
    await writeLossFigure(folder, "judge", `${folder}/out`);
    assertEquals(namesIn(`${folder}/out`), ["judge-loss.json", "judge-loss.png"]);
  }));
