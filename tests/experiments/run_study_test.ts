import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { main } from "../../experiments/ablation.ts";
import { chosenStyles } from "../../experiments/study/command.ts";
import { makeImages } from "../../experiments/study/cell.ts";
import { EMOJI_64_FEEDBACK } from "../../experiments/study/feedback.ts";
import { clipTableMethods, styledropFeedback } from "../../experiments/study/methods.ts";
import { PRESETS } from "../../experiments/study/presets.ts";
import { filesBelow } from "../../experiments/study/run_folder.ts";
import { runStudy, studyWork } from "../../experiments/study/run_study.ts";
import { openTask } from "../../experiments/study/task.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { sha256File } from "../../lib/io/files.ts";
import { UsageError } from "../../lib/show/command.ts";
import { clipFeedback } from "../../lib/score/feedback.ts";
import { HELD_OUT_STYLES, openWorld } from "../../lib/world/mod.ts";
import { COLOUR_JUDGE, tinyMuse } from "./tiny_muse.ts";
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
  assertEquals(
    Object.keys(manifest.outputs),
    files.filter((path) => path !== "manifest.json" && !path.endsWith("/plotly.min.js")),
  );
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
  assertEquals(methods.length, 8);
});

Deno.test("makeImages() tells the work of both of StyleDrop's rounds, stopped early or not", async () => {
  await useEngine("wasm");
  const muse = tinyMuse(), world = await openWorld({ styles: ["sticker"] });
  const task = await openTask(muse, world, "sticker", 1, 0);
  const feedback = { ...EMOJI_64_FEEDBACK, contents: ["a cat", "a dog"], perPrompt: 2 };
  const tuneOnce = { ...TINY_CONFIG.tune, steps: 1 };
  const stops = { share: 0.5, every: 1, patience: 1 };
  for (
    const tune of [tuneOnce, { ...TINY_CONFIG.tune, steps: 30, learningRate: 5, earlyStop: stops }]
  ) {
    const config = { ...TINY_CONFIG, prompts: 1, tune, tuneStyleDrop: {}, feedback };
    const { method } = styledropFeedback(config);
    let units = 0;
    const onWork = (n: number) => void (units += n);
    const rate = clipFeedback(COLOUR_JUDGE);
    const { losses } = await makeImages(muse, method, task, config, 0, onWork, rate);
    assertEquals(units, 2 * tune.steps + 4 + 2); // steps, samples, images
    if (tune === tuneOnce) assertEquals(losses.length, 2);
    else assert(losses.length < 60, `${losses.length} steps`);
  }
  muse.dispose();
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
