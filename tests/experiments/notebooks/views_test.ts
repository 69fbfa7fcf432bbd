import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  kernelChange,
  MUSE_3B,
  placementTable,
  PUBLIC_MODELS,
  rankTable,
  sizeTable,
  tuneEach,
} from "../../../experiments/notebooks/adapter_views.ts";
import { absenceOf } from "../../../experiments/notebooks/amused_views.ts";
import {
  armSheet,
  decompositionTable,
  pairTable,
} from "../../../experiments/notebooks/concept_views.ts";
import { drawGrid, weightTable } from "../../../experiments/notebooks/guidance_views.ts";
import { posterPicture } from "../../../experiments/notebooks/own_image.ts";
import { missing } from "../../../experiments/notebooks/recorded.ts";
import {
  comparisonTable,
  failedChecks,
  leakTable,
} from "../../../experiments/notebooks/study_views.ts";
import { gridLambdas } from "../../../experiments/guidance/grid.ts";
import { ARMS } from "../../../experiments/regions/arms.ts";
import { hyperparameterCells } from "../../../experiments/study/hyperparameters.ts";
import { finestyle } from "../../../experiments/study/methods.ts";
import { EMOJI_64_STUDY } from "../../../experiments/study/presets.ts";
import { openTask } from "../../../experiments/study/task.ts";
import { useEngine } from "../../../lib/engine/mod.ts";
import { decompose } from "../../../lib/style/concepts.ts";
import { openWorld, referenceScene } from "../../../lib/world/mod.ts";
import { tinyMuse } from "../tiny_muse.ts";
import { TINY_CONFIG } from "../tiny_study.ts";

await useEngine("cpu");
const muse = tinyMuse(), style = "sticker", world = await openWorld({ styles: [style] });

Deno.test("tables of adapters have the published counts", () => {
  assertStringIncludes(placementTable([["Muse-3B", MUSE_3B]]), "229,760");
  const ranks = rankTable([["Muse-3B", MUSE_3B]], [4, 32]);
  for (const count of ["229,760", "12,582,912"]) assertStringIncludes(ranks, count);
  for (const count of ["603,537,664", "608,257,792"]) {
    assertStringIncludes(sizeTable(PUBLIC_MODELS), count);
  }
});

Deno.test("hyperparameterCells() puts ours beside StyleDrop's", () => {
  const cells = hyperparameterCells(EMOJI_64_STUDY, MUSE_3B);
  const row = (name: string) => cells.find(([first]) => first === name)!.slice(1);
  const { finestyle, styledrop } = EMOJI_64_STUDY.guidance;
  assertEquals(row("λ2 (λB)"), ["5", "5", String(styledrop.lambdaB), String(finestyle.lambda2)]);
  assertEquals(row("adapter parameters"), ["0.23 M", "12.6 M", "229,760", "1,572,864"]);
  assert(cells.every((cell) => cell.length === 5));
});

Deno.test("views of the way from a caption to pairs name every concept", async () => {
  const scene = referenceScene(style);
  assertStringIncludes(
    decompositionTable([decompose("a cat on a red background, in neon style")]),
    "| cat      | red background | neon  |",
  );
  for (const draw of ["attention", "regions"] as const) {
    const sheet = await armSheet(muse, scene, world.render(scene), ARMS.slice(0, 2), draw);
    assertEquals(sheet.columns, ["truth", "defaults", "transformer layers"]);
    assertEquals(sheet.rows.map(({ caption, images }) => [caption, images.length]), [
      ["octopus", 3],
      ["sailboat", 3],
      ["striped green background", 3],
      ["snowflakes", 3],
    ]);
  }
  const pair = { kind: "subject", text: "a cat", variants: [new Int32Array(4)] } as const;
  const maskable = Uint8Array.of(0, 1, 1, 0), micro = [64, 64, 0, 0, 6] as const;
  const image = world.render(scene).image;
  const table = pairTable([{ ...pair, image, maskable, microConditions: micro }]);
  assertStringIncludes(table, "2 of 4");
});

Deno.test("drawGrid() draws every prompt under every pair, and kernelChange() sees what tuning moved", async () => {
  const config = { ...TINY_CONFIG, imagesPerPrompt: 1 };
  const task = await openTask(muse, world, style, config.prompts, 0);
  const { method } = finestyle(config, "finestyle");
  const [first, again] = await tuneEach(muse, [method, method], task, 0);
  assertEquals(first!.losses, again!.losses);
  const { tuned } = first!;
  const grid = { lambda1: [0, 1], lambda2: [0.5] };
  const drawn = await drawGrid(tuned, task, config, grid, 0);
  assertEquals(drawn.map((of) => of.length), [2, gridLambdas(grid).length]);
  const chart = await kernelChange(tuned.adapter!, muse.transformer.weights, "change");
  assertEquals(chart.categories, ["layer 1", "layer 2"]);
  assertEquals(chart.series.map(({ name }) => name), ["attn2.to_k", "attn2.to_v"]);
  assert(chart.series.every(({ values }) => values.every(({ value }) => value > 0)));
  [first!, again!].forEach((run) => run.tuned.dispose());
});

Deno.test("weightTable() leaves out what is not run", () => {
  const table = weightTable([{ kind: "finestyle", lambda1: 0, lambda2: 0.5 }]);
  assertStringIncludes(table, "| finestyle: lambda1 0, lambda2 0.5 |  1.5 |    - | -0.5 |    - |");
});

Deno.test("leakTable() counts only pictures in which a concept is unwanted", () => {
  const fox = { phrase: "fox", head: "concepts", index: 0 } as const;
  const leaf = { ...fox, phrase: "leaf" };
  const to = { prompts: [{ unwanted: [fox, leaf] }, { unwanted: [leaf] }] };
  const images = [{ prompt: 0, found: ["fox"] }, { prompt: 1, found: [] }];
  type Arguments = Parameters<typeof leakTable>;
  const table = leakTable(
    [{ method: "muse", images }] as unknown as Arguments[0],
    to as unknown as Arguments[1],
  );
  assertStringIncludes(table, "| muse          | 1 of 1 | 0 of 2 |");
});

Deno.test("comparisonTable() and failedChecks() say what was found", () => {
  const ci95 = [-0.14, -0.06] as const;
  const difference = { mean: -0.1, se: 0.02, ci95, n: 9, p: 0.0004, pHolm: 0.012 };
  const row = {
    method: "finestyle",
    against: "styledrop",
    measure: "leakage",
    difference,
  } as const;
  const other = { ...row, measure: "text" };
  const table = comparisonTable([row, other], ["leakage"]);
  for (const part of ["-0.100", "-0.140 to -0.060", "< 0.001", "0.012"]) {
    assertStringIncludes(table, part);
  }
  assert(!table.includes("| text"));
  const check = { score: "Text", expected: "rises", found: "falls", holds: false };
  const run = { schema: "finestyle.score_validation/1", model: "m", engine: "e", seed: 0 } as const;
  const section = { title: "Text", checks: [check, { ...check, holds: true }], measures: [] };
  const file = { ...run, styles: [], perStyle: 1, sections: [section] };
  assertStringIncludes(failedChecks(file), "**1 of 2** checks do not hold");
});

Deno.test("what is missing is said in one sentence with its command", async () => {
  assertEquals(
    missing("guidance/table.json", "deno task guidance"),
    "*There is no* `results/guidance/table.json` *yet:* `deno task guidance` *makes it.*",
  );
  assertStringIncludes((await absenceOf("nobody/nothing"))!, "--model nobody/nothing");
});

Deno.test("posterPicture() has the colours of its pieces", async () => {
  const { width, height, data } = await posterPicture();
  assertEquals([width, height], [320, 240]);
  const at = (x: number, y: number) => [...data.subarray(3 * (y * width + x)).subarray(0, 3)];
  assertEquals(at(10, 10), [0x14, 0x21, 0x3d]);
  assertEquals(at(100, 150), [0xfc, 0xa3, 0x11]);
});
