import { writeAtomic, writeJson } from "../../lib/io/files.ts";
import { writeImage } from "../../lib/io/image.ts";
import { writeFigure } from "../../lib/show/figure_files.ts";
import { contactSheet } from "../../lib/show/sheet.ts";
import { markdownRows } from "../../lib/show/table.ts";
import { type Hashes, writeManifest } from "../study/run_folder.ts";
import type { RecipeOptions, RecipeResult, TextTable } from "./recipe.ts";

/** What a run says about itself beside what it found. */
export interface RecipeRun extends Pick<RecipeOptions, "config" | "styles" | "seed" | "methods"> {
  readonly name: string;
  readonly model: string;
  readonly engine: string;
  /** Hashes of the model's files. */
  readonly inputs: Hashes;
}

/** The tables as Markdown, each below its caption. */
export function recipeMarkdown({ tables, verdict }: RecipeResult): string {
  const text = ({ caption, rows }: TextTable) =>
    `${caption}\n\n${markdownRows(rows, rows[0]!.map((_, column) => column === 0))}`;
  return `${tables.map(text).join("\n")}\n${verdict}.\n`;
}

/**
 * Writes a recipe's folder: `config.json`, `table.json`, `table.md`, the sheets, `figures/` and, last,
 * `manifest.json`.
 */
export async function writeRecipe(
  out: string,
  { name, model, engine, inputs, config, styles, seed, methods }: RecipeRun,
  result: RecipeResult,
): Promise<void> {
  const run = { model, engine, seed, styles };
  await writeJson(`${out}/config.json`, {
    study: { recipe: name, ...run },
    config,
    methods: methods.map(({ method, settings }) => ({ id: method.id, settings })),
  });
  await writeJson(`${out}/table.json`, {
    schema: `finestyle.${name}/1`,
    ...run,
    prompts: config.prompts,
    imagesPerPrompt: config.imagesPerPrompt,
    verdict: result.verdict,
    ...result.lists,
  });
  await writeAtomic(`${out}/table.md`, recipeMarkdown(result));
  for (const [file, sheet] of Object.entries(result.sheets)) {
    await writeImage(`${out}/${file}.png`, await contactSheet(sheet));
  }
  for (const [file, chart] of Object.entries(result.figures)) {
    await writeFigure(`${out}/figures`, file, chart);
  }
  await writeManifest(out, inputs);
}
