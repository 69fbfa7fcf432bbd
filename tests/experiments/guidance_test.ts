import * as tf from "@tensorflow/tfjs";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { ledgerOf } from "../../experiments/claims.ts";
import { main } from "../../experiments/guidance.ts";
import { equalStyle } from "../../experiments/guidance/equal_style.ts";
import { alongFrontier, commonLevels, frontierOf } from "../../experiments/guidance/frontier.ts";
import { type Grid, gridLambdas } from "../../experiments/guidance/grid.ts";
import { type GridCell, guidedRow } from "../../experiments/guidance/grid_cell.ts";
import { guidanceWork, runGuidance } from "../../experiments/guidance/run_guidance.ts";
import { pointScores } from "../../experiments/guidance/table.ts";
import { scalingEffects } from "../../experiments/guidance/scaling_effect.ts";
import { rise, trends } from "../../experiments/guidance/trends.ts";
import { makeImages } from "../../experiments/study/cell.ts";
import type { StudyConfig } from "../../experiments/study/presets.ts";
import { filesBelow } from "../../experiments/study/run_folder.ts";
import type { CellScores, ImageScore } from "../../experiments/study/summary.ts";
import { openTask } from "../../experiments/study/task.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { readJson } from "../../lib/io/files.ts";
import { UsageError } from "../../lib/show/command.ts";
import { tinyMuse } from "./tiny_muse.ts";
import { TINY_CONFIG, tinyStudy } from "./tiny_study.ts";

const GRID: Grid = { lambda1: [0, 0.5], lambda2: [0.5, 2] };
/** The rows' own coefficients are the grid's second pair. */
const CONFIG: StudyConfig = {
  ...TINY_CONFIG,
  imagesPerPrompt: 1,
  guidance: {
    ...TINY_CONFIG.guidance,
    finestyle: { kind: "finestyle", lambda1: 0.5, lambda2: 0.5 },
    styledrop: { kind: "styledrop", lambdaA: 0.5, lambdaB: 0.5 },
  },
};

Deno.test("runGuidance() writes the whole folder, resumes from it, and leaks no tensor", async () => {
  await useEngine("cpu");
  const muse = tinyMuse(), results = await Deno.makeTempDir(), out = `${results}/guidance`;
  let units = 0;
  const options = {
    ...await tinyStudy(muse, out, false),
    config: CONFIG,
    grid: GRID,
    onWork: (n: number) => {
      units += n;
    },
  };
  const before = tf.memory().numTensors;
  const first = await runGuidance(options);
  assertEquals(tf.memory().numTensors, before);
  assertEquals(units, guidanceWork(options));

  const files = (await filesBelow(out)).filter((path) => !path.startsWith("cells/"));
  const { outputs } = await readJson<{ outputs: object }>(`${out}/manifest.json`);
  assertEquals(
    Object.keys(outputs),
    files.filter((path) => path !== "manifest.json" && !path.endsWith("/plotly.min.js")),
  );
  for (const name of ["sheet.png", "sheet-styledrop.png"]) {
    assert(files.includes(`images/sticker/${name}`), name);
  }
  for (const name of ["finestyle-leakage", "frontier", "equal-style-text"]) {
    assert(files.includes(`figures/${name}.png`) && files.includes(`figures/${name}.html`), name);
  }
  const lines = (await Deno.readTextFile(`${out}/metrics.jsonl`)).trim().split("\n");
  assertEquals(lines.length, 2 + 3 * 4 * 2); // untuned, then three rows at four pairs
  const { rows } = first.table;
  assertEquals(rows.map(({ id }) => id).slice(0, 5), [
    "muse",
    ...["finestyle-0-0.5", "finestyle-0.5-0.5", "finestyle-0-2", "finestyle-0.5-2"],
  ]);
  const csv = (await Deno.readTextFile(`${out}/table.csv`)).trim().split("\n");
  assertEquals(csv.map((line) => line.split(",").length), Array(14).fill(3 + 6 * 5));

  assertEquals(await runGuidance({ ...options, resume: true }), first); // seconds too: nothing ran

  // the pair of the other studies draws what they draw
  const task = await openTask(muse, options.world, "sticker", 2, options.seed);
  const cells = [...Deno.readDirSync(`${out}/cells`)].map(({ name }) => name);
  for (const id of ["finestyle", "styledrop"] as const) {
    const { method } = guidedRow(options.config, id);
    const { ids } = await makeImages(muse, method, task, options.config, options.seed);
    const path = cells.find((name) => name.startsWith(`sticker-${id}-`));
    const { result } = await readJson<{ result: GridCell }>(`${out}/cells/${path}`);
    assertEquals(result.points.map(({ lambdas }) => lambdas), gridLambdas(GRID));
    assertEquals(result.points[1]!.ids, [...ids]);
    assert(result.points[3]!.ids.some((token, i) => token !== ids[i]));
  }
  muse.dispose();

  const { findings } = await ledgerOf(results);
  const own = findings.filter(({ claim }) => claim.file.startsWith("guidance/"));
  assertEquals(own.length, 5);
  for (const { claim, difference, beside } of own) {
    assertEquals(difference?.n, 2, claim.text);
    assertEquals(beside.length, Object.keys(claim.beside ?? {}).length, claim.text);
  }
  await Deno.remove(results, { recursive: true });
});

Deno.test("frontierOf() keeps what neither a point nor a mixture exceeds, by rising Style", () => {
  const of = (...points: [style: number, text: number][]) =>
    frontierOf(points.map(([style, text]) => ({ style, text })));
  assertEquals(of(), []);
  assertEquals(of([1, 1]), [0]);
  assertEquals(of([3, 1], [1, 3], [2.5, 2.5]), [1, 2, 0]);
  assertEquals(of([3, 1], [1, 3], [1.5, 1.5]), [1, 0]); // a mixture is better
  assertEquals(of([4, 0], [1, 3], [3, 1.5], [2, 2.1]), [1, 2, 0]);
  assertEquals(of([3, 1], [2, 1], [3, 0]), [0]); // equal Text, equal Style
  assertEquals(of([1, 1], [1, 1]), [0]);
  assertEquals(of([1, 1], [2, 2], [0, 3]), [2, 1]);
});

Deno.test("alongFrontier() is linear between points and flat beyond them", () => {
  const at = (level: number) => alongFrontier([1, 2, 4], [9, 5, 1], level);
  assertEquals([0, 1, 1.5, 2, 3, 4, 5].map(at), [9, 9, 7, 5, 3, 1, 1]);
  assertEquals(alongFrontier([1], [3], 0.5), 3);
});

Deno.test("commonLevels() stay where both frontiers are, or at the end of the weaker one", () => {
  assertEquals(commonLevels([1, 4], [2, 6], 3), [2, 3, 4]);
  assertEquals(commonLevels([1, 2], [3, 4], 3), [2, 2, 2]);
});

const image = (prompt: number, scores: Partial<ImageScore>): ImageScore => ({
  ...{ prompt, text: 0, style: 0, leakage: 0, leakageClip: 0, tokenCopy: 0, oracle: 0 },
  ...{ drawn: 0, styleNamed: 0, found: [], ...scores },
});
const cell = (style: string, images: readonly ImageScore[]): CellScores => ({
  ...{ style, method: "any", trainableParameters: 0, tuneSeconds: 0, sampleSeconds: 0, images },
});

Deno.test("equalStyle() compares frontiers at their common Style, and not the settings", () => {
  // text = 1 - style + gain; prompts and styles differ, both methods alike
  const front = (settings: readonly number[], gain: number) =>
    settings.map((strength) =>
      ["sticker", "engraving"].map((style, s) =>
        cell(
          style,
          [0, 1, 2].map((prompt) => {
            const own = 0.1 * prompt + 0.2 * s;
            return image(prompt, {
              style: strength + own,
              text: 1 - strength + gain + own,
              leakage: strength / 2,
            });
          }),
        )
      )
    );
  const { levels, overall } = equalStyle(front([0.1, 0.5], 0.05), front([0.3, 0.9], 0), 0);
  assertEquals([overall.text.difference.n, levels.length], [6, 5]);
  // own is 0.2 in the mean: common Style from 0.3 + 0.2 to 0.5 + 0.2
  levels.forEach((level, i) => {
    assertAlmostEquals(level.style.mean, 0.5 + 0.05 * i, 1e-9);
    assertAlmostEquals(level.text.finestyle.mean, 1 - 0.3 - 0.05 * i + 0.05 + 0.2, 1e-9);
    for (const end of [level.text.difference.mean, ...level.text.difference.ci95]) {
      assertAlmostEquals(end, 0.05, 1e-9); // prompts cancel, since both methods have the same
    }
    assertAlmostEquals(level.leakage.difference.mean, 0, 1e-9);
  });
  const [low, high] = overall.text.finestyle.ci95;
  assert(low < overall.text.finestyle.mean && overall.text.finestyle.mean < high);
  assertAlmostEquals(overall.text.difference.mean, 0.05, 1e-9);
});

Deno.test("rise() is that of the least-squares line", () => {
  assertAlmostEquals(rise([1, 2, 3]), 2);
  assertAlmostEquals(rise([0, 0, 3, 3]), 3 * 6 / 5); // slope (−1.5·0 − 0.5·0 + 0.5·3 + 1.5·3) / 5
  assertEquals([rise([5]), rise([2, 7, 2])], [0, 0]);
});

Deno.test("trends() follow one coefficient with all values of the other", () => {
  const cells = (method: string): GridCell[] => [{
    ...{ style: "sticker", method, trainableParameters: 0, tuneSeconds: 0 },
    points: gridLambdas(GRID).map((lambdas) => ({
      ...{ lambdas, sampleSeconds: 0, ids: [] },
      images: [0, 1].map((prompt) =>
        image(prompt, { style: prompt + lambdas.lambda1, leakage: 0.1 * lambdas.lambda2 })
      ),
    })),
  }];
  const points = new Map(["finestyle", "styledrop"].map((id) => [id, pointScores(cells(id))]));
  const all = trends(GRID, points, 0);
  const of = (coefficient: string, measure: string) =>
    all.find((t) =>
      t.method === "styledrop" && t.coefficient === coefficient && t.measure === measure
    )!.change;
  assertEquals(all.length, 2 * 2 * 5);
  assertAlmostEquals(of("lambda1", "style").mean, 0.5);
  assertAlmostEquals(of("lambda2", "style").mean, 0);
  assertAlmostEquals(of("lambda2", "leakage").mean, 0.15);
  assertEquals(of("lambda2", "leakage").n, 2);
});

Deno.test("scalingEffects() compare each prompt's mean over the grid", () => {
  const points = (leaked: number) =>
    pointScores([{
      ...{ style: "sticker", method: "finestyle", trainableParameters: 0, tuneSeconds: 0 },
      points: gridLambdas(GRID).map((lambdas) => ({
        ...{ lambdas, sampleSeconds: 0, ids: [] },
        images: [0, 1].map((prompt) =>
          image(prompt, { leakage: prompt + leaked * lambdas.lambda1, text: prompt })
        ),
      })),
    }]);
  const effects = scalingEffects(points(0.2), points(1), 0);
  const { scaled, unscaled, difference } = effects.find((e) => e.measure === "leakage")!;
  assertAlmostEquals(scaled, 0.5 + 0.2 * 0.25);
  assertAlmostEquals(unscaled, 0.5 + 0.25);
  assertAlmostEquals(difference.mean, -0.8 * 0.25);
  assertEquals([difference.n, effects[0]!.difference.mean], [2, 0]);
});

Deno.test("guidance tells a user's mistake in one sentence", async () => {
  await assertRejects(() => main(["--style", "cubism"]), UsageError, 'Unknown style "cubism"');
  await assertRejects(() => main(["--preset", "paper"]), UsageError, "standard");
  await assertRejects(() => main(["--model", "/nowhere"]), RangeError, '"/nowhere"');
});
