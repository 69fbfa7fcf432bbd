import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ablationMethods } from "../../experiments/study/methods.ts";
import { EMOJI_64_STUDY, type StudyConfig } from "../../experiments/study/presets.ts";
import { filesBelow } from "../../experiments/study/run_folder.ts";
import { runStudy } from "../../experiments/study/run_study.ts";
import { main } from "../../experiments/verify.ts";
import { compareFiles } from "../../experiments/verify/files.ts";
import { openRun, rowOf } from "../../experiments/verify/recorded_run.ts";
import { compareRow, firstDifference } from "../../experiments/verify/row.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { readJson, writeJson } from "../../lib/io/files.ts";
import { UsageError } from "../../lib/show/command.ts";
import { openWorld } from "../../lib/world/mod.ts";
import { COLOUR_JUDGE, tinyMuse } from "./tiny_muse.ts";

const CONFIG: StudyConfig = {
  ...EMOJI_64_STUDY,
  prompts: 1,
  imagesPerPrompt: 1,
  sampling: { ...EMOJI_64_STUDY.sampling, steps: 2 },
  tune: { ...EMOJI_64_STUDY.tune, steps: 2, batch: 2 },
};

Deno.test("verify finds a run as it was, and whatever was changed in it", async () => {
  await useEngine("cpu");
  const folder = await Deno.makeTempDir();
  const means = {
    muse: tinyMuse(),
    judge: COLOUR_JUDGE,
    world: await openWorld({ styles: ["sticker"] }),
    inputs: { weights: "0" },
  };
  await runStudy({
    ...means,
    methods: ablationMethods(CONFIG).filter(({ method }) =>
      ["muse", "finestyle"].includes(method.id)
    ),
    ...{ config: CONFIG, styles: ["sticker"], seed: 3, model: "tiny", engine: "cpu" },
    ...{ preset: "test", out: folder, resume: false },
  });
  const run = await openRun(folder);
  const row = rowOf(run);
  assertEquals([row.style, row.method.method.id], ["sticker", "finestyle"]);
  assertEquals((await compareFiles(run)).difference, undefined);
  const same = await compareRow(run, row, means);
  assertEquals(same.difference, undefined);
  assertEquals(same.compared.slice(1), [
    "sticker, muse: 16 tokens, 0 losses, 1 scored images",
    "sticker, finestyle: 16 tokens, 2 losses, 1 scored images",
  ]);
  const other = await compareRow(run, row, { ...means, inputs: { weights: "1" } });
  assertEquals(other.difference, 'model.weights was "0", is "1"');

  const name = (await filesBelow(`${folder}/cells`)).find((path) => path.includes("finestyle"));
  const cell = await readJson<{ result: { ids: number[] } }>(`${folder}/cells/${name}`);
  cell.result.ids[5]! += 1;
  await writeJson(`${folder}/cells/${name}`, cell);
  const { difference } = await compareRow(run, row, means);
  const was = cell.result.ids[5]!;
  assertEquals(difference, `finestyle.ids.5 was ${was}, is ${was - 1}`);
  await Deno.remove(`${folder}/cells/${name}`);
  assert((await compareRow(run, row, means)).difference?.endsWith('.json" is missing'));

  await Deno.writeTextFile(`${folder}/table.md`, "better");
  await Deno.writeTextFile(`${folder}/notes.txt`, "");
  await Deno.remove(`${folder}/table.csv`);
  const files = await compareFiles(run);
  assertEquals(files.compared.slice(1), [
    '"notes.txt" is unexpected',
    '"table.csv" is missing',
    '"table.md" is changed',
  ]);
  assertEquals(await main([folder]), files);
  assertThrows(() => rowOf(run, "mlp"), UsageError, "muse, finestyle");
  assertThrows(() => rowOf(run, "muse", "cubism"), UsageError, "sticker");
  const changed = { ...run, config: { ...CONFIG, tune: { ...CONFIG.tune, steps: 9 } } };
  assertThrows(() => rowOf(changed), RangeError, 'no row "finestyle" of its settings');
  means.muse.dispose();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("verify refuses in one sentence what is no run", async () => {
  const folder = await Deno.makeTempDir();
  await assertRejects(() => main([folder]), SyntaxError, "no config.json");
  await assertRejects(() => main([`${folder}/gone`]), SyntaxError, "Cannot find a finished run");
  await Deno.writeTextFile(`${folder}/config.json`, "{");
  await assertRejects(() => main([folder]), SyntaxError, "not JSON");
  const study = { model: "m", engine: "cpu", seed: 1, styles: ["sticker"] };
  const good = { study, config: CONFIG, methods: [{ id: "muse" }] };
  await writeJson(`${folder}/config.json`, good);
  await assertRejects(() => main([folder]), SyntaxError, "no manifest.json");
  await writeJson(`${folder}/manifest.json`, { inputs: {}, outputs: { "../table.md": 3 } });
  await assertRejects(() => main([folder]), SyntaxError, "outputs is not that of a study");
  await writeJson(`${folder}/manifest.json`, { inputs: {}, outputs: {} });
  for (
    const wrong of [
      { ...good, study: { ...study, styles: ["../.."] } },
      { ...good, study: { ...study, engine: "toString" } },
      { ...good, methods: [null] },
      { ...good, config: { sampling: {} } },
      [],
    ]
  ) {
    await writeJson(`${folder}/config.json`, wrong);
    await assertRejects(() => main([folder]), SyntaxError, `Cannot read "${folder}/config.json"`);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("firstDifference() names the place and both values", () => {
  assertEquals(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, "x"), undefined);
  assertEquals(
    firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, "x"),
    "x.a.1.b was 2, is 3",
  );
  assertEquals(firstDifference([1], [1, 2], "x"), "x.1 was undefined, is 2");
  assertEquals(firstDifference([1], 1, "x"), "x was a list or object, is 1");
  assertEquals(firstDifference({ a: [1, 0.5] }, { a: [1, 0.50009] }, "x", 1e-4), undefined);
  assertEquals(firstDifference([7, 8], [7, 9], "x", 1e-4), "x.1 was 8, is 9");
  assertEquals(firstDifference([1], ["1"], "x", 1e-4), 'x.0 was 1, is "1"');
});
