import type { Muse } from "../../lib/models/muse.ts";
import type { Judge } from "../../lib/score/judge.ts";
import type { Chart } from "../../lib/show/figure.ts";
import type { Sheet } from "../../lib/show/sheet.ts";
import type { World } from "../../lib/world/mod.ts";
import type { OnWork } from "../study/cell.ts";
import type { StudyMethod } from "../study/methods.ts";
import type { StudyConfig } from "../study/presets.ts";

/** What a recipe is made of; a notebook gives fewer prompts and no `cells`. */
export interface RecipeOptions {
  readonly muse: Muse;
  readonly judge: Judge;
  /** With the styles loaded. */
  readonly world: World;
  /** The first one must be the untuned model. */
  readonly methods: readonly StudyMethod[];
  /** `prompts` and `imagesPerPrompt` are the recipe's size. */
  readonly config: StudyConfig;
  /** Held-out styles, each with a reference of its own. */
  readonly styles: readonly string[];
  readonly seed: number;
  /** Where drawn pictures are kept as tokens; nowhere unless given. */
  readonly cells?: CellStore;
  /** Told of work done, in units of {@linkcode recipeWork}. */
  readonly onWork?: OnWork;
}

/** Where the tokens of drawn pictures are kept. */
export interface CellStore {
  readonly folder: string;
  /** Takes pictures of an earlier run from there. */
  readonly resume: boolean;
  /** What decides a picture beside the method, the reference, the prompt and the seed. */
  readonly key: unknown;
}

/** A table as text, the header first. */
export interface TextTable {
  readonly caption: string;
  readonly rows: readonly (readonly string[])[];
}

/** What a recipe has found. */
export interface RecipeResult {
  /** Lists of rows by name, in full precision; the main one is `rows`. */
  readonly lists:
    & { readonly rows: readonly object[] }
    & Readonly<Record<string, readonly object[]>>;
  readonly tables: readonly TextTable[];
  /** By file name; the main one is `sheet`. */
  readonly sheets: { readonly sheet: Sheet } & Readonly<Record<string, Sheet>>;
  /** By file name. */
  readonly figures: Readonly<Record<string, Chart>>;
  /** One sentence, without a period. */
  readonly verdict: string;
}

/** A figure of the paper as a command. */
export interface Recipe {
  readonly name: string;
  readonly summary: string;
  /** What is drawn by default. */
  readonly styles: readonly string[];
  readonly prompts: number;
  readonly imagesPerPrompt: number;
  /** What `--prompts` counts. */
  readonly promptsHelp: string;
  /** Least that gives a figure; 1 unless given. */
  readonly leastPrompts?: number;
  readonly methods: (config: StudyConfig) => readonly StudyMethod[];
  /** References per style: every method is tuned on each. */
  readonly references: number;
  /** Pictures per style and method. */
  readonly pictures: (config: StudyConfig) => number;
  /** Which styles it can be made of, and why not of the others; all unless given. */
  readonly suits?: { readonly style: (name: string) => boolean; readonly why: string };
  readonly run: (options: RecipeOptions) => Promise<RecipeResult>;
}

/** The work of a recipe: one unit per tuning step and per picture. */
export function recipeWork(
  { references, pictures }: Pick<Recipe, "references" | "pictures">,
  { methods, config, styles }: Pick<RecipeOptions, "methods" | "config" | "styles">,
): number {
  const tuned = methods.filter(({ method }) => method.placement !== "none").length;
  const tuning = references * tuned * config.tune.steps;
  return styles.length * (tuning + methods.length * pictures(config));
}
