import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { main } from "../../experiments/ablation.ts";
import { chosenStyles } from "../../experiments/study/command.ts";
import { clipTableMethods } from "../../experiments/study/methods.ts";
import { PRESETS } from "../../experiments/study/presets.ts";
import { filesBelow } from "../../experiments/study/run_folder.ts";
import { runStudy, studyWork } from "../../experiments/study/run_study.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { sha256File } from "../../lib/io/files.ts";
import { UsageError } from "../../lib/show/command.ts";
import { HELD_OUT_STYLES } from "../../lib/world/mod.ts";
import { tinyMuse } from "./tiny_muse.ts";
import { TINY_CONFIG, tinyStudy } from "./tiny_study.ts";

Deno.test("runStudy() writes the whole folder, resumes from it, and leaks no tensor", async () => {
  await useEngine("cpu");
  const muse = tinyMuse();
  const out = await Deno.makeTempDir();
  let units = 0;
  const options = {
    ...await tinyStudy(muse, out, false),
    onWork: (n: number) => {
      units += n;
    },
  };
  const before = tf.memory().numTensors;
  const first = await runStudy(options);
  assertEquals(tf.memory().numTensors, before);
  assertEquals(units, studyWork(options));

  const files = (await filesBelow(out)).filter((path) => !path.startsWith("cells/"));
  for (const name of ["leakage", "loss", "oracle", "text-style"]) {
    assert(files.includes(`figures/${name}.png`) && files.includes(`figures/${name}.html`), name);
  }
  for (const name of ["concepts.png", "sheet.png", "finestyle/000.png", "muse/001.png"]) {
    assert(files.includes(`images/sticker/${name}`), name);
  }
  const manifest = JSON.parse(await Deno.readTextFile(`${out}/manifest.json`));
  assertEquals(Object.keys(manifest.outputs), files.filter((path) => path !== "manifest.json"));
  assertEquals(manifest.outputs["table.md"], await sha256File(`${out}/table.md`));
  const lines = (await Deno.readTextFile(`${out}/metrics.jsonl`)).trim().split("\n");
  assertEquals(lines.length, 3 * 2 * 2);

  const museRow = first.table.rows[0]!;
  assertEquals([museRow.leakageClip?.mean, museRow.tokenCopy?.mean], [0, 0]); // its own baseline
  assertEquals(museRow.trainableParameters, 0);
  assert(first.table.rows[2]!.trainableParameters > 0);

  const again = await runStudy({ ...options, resume: true });
  assertEquals(again, first); // seconds too: nothing ran
  muse.dispose();
  await Deno.remove(out, { recursive: true });
});

Deno.test("clip-table compares every method, and tunes all but three", () => {
  const methods = clipTableMethods(TINY_CONFIG).map(({ method }) => [method.id, method.placement]);
  assertEquals(methods.filter(([, placement]) => placement === "none"), [
    ["muse", "none"],
    ["stylealigned", "none"],
    ["ipadapter", "none"],
  ]);
  assertEquals(methods.length, 7);
});

Deno.test("PRESETS keep the paper's protocol and differ in size only", () => {
  const { paper, standard } = PRESETS;
  assertEquals([paper.config.prompts, paper.config.imagesPerPrompt], [190, 8]);
  assertEquals(standard.styles, HELD_OUT_STYLES);
  assertEquals(paper.config.guidance, standard.config.guidance);
});

Deno.test("ablation tells a user's mistake in one sentence", async () => {
  assertThrows(() => chosenStyles("cubism", []), UsageError, "glossy 3d rendering, outlined");
  assertEquals(chosenStyles("all", []), HELD_OUT_STYLES);
  assertEquals(chosenStyles(undefined, ["engraving"]), ["engraving"]);
  assertEquals(chosenStyles("sticker, engraving,sticker", []), ["sticker", "engraving"]);
  assertThrows(() => chosenStyles("sticker,", []), UsageError, 'Unknown style ""');
  await assertRejects(() => main(["--model", "/nowhere"]), RangeError, '"/nowhere"');
  await assertRejects(() => main(["--styles", "all"]), UsageError, "--style");
});
