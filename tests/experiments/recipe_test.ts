import * as tf from "@tensorflow/tfjs";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { CLAIMS } from "../../experiments/claims/list.ts";
import { runsOf } from "../../experiments/claims/runs.ts";
import { main as attributeControl } from "../../experiments/attribute_control.ts";
import { crossTable, differenceText } from "../../experiments/recipe/estimates.ts";
import { onReference, TRUTH } from "../../experiments/recipe/drawings.ts";
import { type Recipe, recipeWork } from "../../experiments/recipe/recipe.ts";
import { writeRecipe } from "../../experiments/recipe/write_recipe.ts";
import { filesBelow } from "../../experiments/study/run_folder.ts";
import { useEngine } from "../../lib/engine/mod.ts";
import { sha256File } from "../../lib/io/files.ts";
import { UsageError } from "../../lib/show/command.ts";
import { referenceScene } from "../../lib/world/mod.ts";
import { inFolder } from "../in_folder.ts";
import { tinyMuse } from "./tiny_muse.ts";
import { tinyRecipe } from "./tiny_recipe.ts";

await useEngine("wasm");

const REFERENCE = referenceScene("sticker");
const PROMPTS = ["cat", "dog", "bus"].map((subject) => ({
  ...{ subject, pattern: "plain", colour: "red", decoration: "none", style: "sticker" } as const,
}));

Deno.test("onReference() tunes once for all lists, goes on from the store, and leaks no tensor", () =>
  inFolder(async (folder) => {
    const muse = tinyMuse();
    const options = await tinyRecipe(muse, { prompts: 2, imagesPerPrompt: 2 });
    const before = tf.memory().numTensors;
    const run = async (resume: boolean) => {
      const notes: string[] = [];
      let units = 0;
      const cells = { folder, resume, key: "test" };
      const onWork = (done: number, note: string) => {
        units += done;
        notes.push(note);
      };
      const lists = await onReference(
        { ...options, cells, onWork },
        REFERENCE,
        async (draw) => [await draw(PROMPTS.slice(0, 2)), await draw(PROMPTS.slice(2), 1)] as const,
      );
      return { lists, units, tuned: notes.filter((note) => note.includes("loss")).length };
    };
    const first = await run(false);
    assertEquals(tf.memory().numTensors, before);
    assertEquals(first.tuned, 2 * options.config.tune.steps); // two methods, though two lists each
    assertEquals(first.units, 2 * options.config.tune.steps + 3 * (2 * 2 + 1));

    const [{ of }, one] = first.lists;
    assertEquals([...of.keys()], ["muse", "styledrop", "finestyle", TRUTH]);
    assertEquals([...of.values()].map(({ images }) => images.length), [4, 4, 4, 4]);
    assertEquals(one.of.get("muse")!.images.length, 1);
    const oracles = of.get(TRUTH)!.cell.images.map(({ oracle }) => oracle.toFixed(6));
    assertEquals(new Set(oracles), new Set(["1.000000"]));

    const again = await run(true);
    assertEquals([again.units, again.tuned], [first.units, 0]);
    assertEquals(again.lists, first.lists); // seconds too
    muse.dispose();
  }));

Deno.test("writeRecipe() writes what the manifest lists", () =>
  inFolder(async (folder) => {
    const muse = tinyMuse();
    const { config, methods, seed, styles } = await tinyRecipe(muse, {
      prompts: 1,
      imagesPerPrompt: 1,
    });
    const run = { config, methods, seed, styles, name: "a", model: "tiny", engine: "cpu" };
    await writeRecipe(folder, { ...run, inputs: { weights: "0" } }, {
      lists: { rows: [{ method: "muse" }] },
      tables: [{ caption: "Numbers", rows: [["method", "x"], ["muse", "1"]] }],
      sheets: { sheet: { columns: ["x"], rows: [{ caption: "", images: ["text"] }] } },
      figures: {
        x: { kind: "bar", title: "x", categories: ["a"], y: { title: "y" }, series: [] },
      },
      verdict: "It is so",
    });
    const files = ["config.json", "figures/x.html", "figures/x.png"];
    files.push("sheet.png", "table.json", "table.md");
    const { inputs, outputs } = JSON.parse(await Deno.readTextFile(`${folder}/manifest.json`));
    assertEquals(inputs, { weights: "0" });
    assertEquals(Object.keys(outputs), files);
    const script = "figures/plotly.min.js"; // a library's, and no output
    assertEquals(await filesBelow(folder), [...files, "manifest.json", script].sort());
    assertEquals(outputs["table.md"], await sha256File(`${folder}/table.md`));
    const table = await Deno.readTextFile(`${folder}/table.md`);
    // the ledger of claims reads what it was made of
    const name = folder.split("/").at(-1)!, claim = { ...CLAIMS[0]!, file: `${name}/table.json` };
    const [made] = await runsOf(folder.slice(0, -name.length - 1), [claim]);
    const size = {
      styles: styles.length,
      prompts: 1,
      images: 1,
      seed,
      model: "tiny",
      engine: "cpu",
    };
    assertEquals(made, { folder: name, command: claim.command, ...size });
    assert(table.startsWith("Numbers\n\n| method |") && table.endsWith("\n\nIt is so.\n"), table);
    muse.dispose();
  }));

Deno.test("recipeWork() counts a method's tuning on each reference", async () => {
  const muse = tinyMuse();
  const options = await tinyRecipe(muse, { prompts: 3, imagesPerPrompt: 2 });
  const recipe: Pick<Recipe, "references" | "pictures"> = {
    references: 5,
    pictures: ({ prompts, imagesPerPrompt }) => prompts * imagesPerPrompt,
  };
  assertEquals(recipeWork(recipe, options), 5 * 2 * options.config.tune.steps + 3 * 6);
  muse.dispose();
});

Deno.test("crossTable() has a line and a column for each name, in the order of the rows", () => {
  const rows = [{ a: "x", b: "1", c: "p" }, { a: "y", b: "2", c: "q" }, { a: "x", b: "2", c: "r" }];
  assertEquals(
    crossTable("a", rows, { line: (r) => r.a, column: (r) => r.b, cell: (r) => r.c }),
    [["a", "1", "2"], ["x", "p", "r"], ["y", "-", "q"]],
  );
});

Deno.test("differenceText() shows the sign", () => {
  const difference = { mean: 0.125, se: 0, ci95: [-0.5, 1], n: 2, p: 0.0625 } as const;
  assertEquals(differenceText(difference), "+0.13 [-0.50, 1.00], p 0.063");
  const none = { ...difference, mean: -1e-9, p: 1 };
  assertEquals(differenceText(none), "0.00 [-0.50, 1.00], p 1.0");
});

Deno.test("a recipe tells a user's mistake in one sentence, before anything is written", () =>
  inFolder(async (folder) => {
    const out = `${folder}/run`;
    const refused = (words: string[], why: string) =>
      assertRejects(() => attributeControl([...words, "--out", out]), UsageError, why);
    await refused(["--style", "cubism"], 'Unknown style "cubism"');
    await refused(
      ["--style", "engraving"],
      'Cannot make attribute-control of style "engraving": it overwrites the background',
    );
    await refused(["--prompts", "0"], '--prompts must be a whole number from 1 to 100: found "0"');
    await refused(["--images", "2.5"], '--images must be a whole number from 1 to 64: found "2.5"');
    await refused(["--picture", "1"], 'Unknown flag "--picture"');
    await assertRejects(
      () => attributeControl(["--model", "/nowhere", "--out", out]),
      RangeError,
      '"/nowhere"',
    );
    assertEquals([...Deno.readDirSync(folder)], []);
  }));
