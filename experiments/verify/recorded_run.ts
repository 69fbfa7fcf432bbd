import { ENGINES } from "../../lib/engine/mod.ts";
import { readJson } from "../../lib/io/files.ts";
import { shown } from "../../lib/io/shown.ts";
import { UsageError } from "../../lib/show/command.ts";
import { HELD_OUT_STYLES } from "../../lib/world/mod.ts";
import { canonicalJson } from "../study/cells.ts";
import { ablationMethods, clipTableMethods, type StudyMethod } from "../study/methods.ts";
import type { StudyConfig } from "../study/presets.ts";
import type { Hashes } from "../study/run_folder.ts";

/** What a study's folder says it was made of. */
export interface RecordedRun {
  readonly folder: string;
  readonly study: {
    readonly model: string;
    readonly engine: string;
    readonly seed: number;
    readonly styles: readonly string[];
  };
  readonly config: StudyConfig;
  readonly methods: readonly { readonly id: string; readonly settings: unknown }[];
  /** SHA-256 of the model's files, and of what the run wrote. */
  readonly inputs: Hashes;
  readonly outputs: Hashes;
}

/** One method in one style, and the untuned model that its leakage is measured against. */
export interface Row {
  readonly style: string;
  readonly method: StudyMethod;
  readonly untuned: StudyMethod;
}

/**
 * Reads `config.json` and `manifest.json` of a run.
 *
 * @throws {SyntaxError} if they are missing or not those of a finished study
 */
export async function openRun(folder: string): Promise<RecordedRun> {
  const read = async (name: string) => {
    const value = await readJson<unknown>(`${folder}/${name}`).catch((error) => {
      if (error instanceof SyntaxError) throw error;
      throw new SyntaxError(`Cannot find a finished run in "${folder}": it has no ${name}`);
    });
    if (isObject(value)) return value;
    throw new SyntaxError(`Cannot read "${folder}/${name}": want an object`);
  };
  const { study, config, methods } = await read("config.json");
  const { inputs, outputs } = await read("manifest.json");
  const refuse = (name: string, key: string) => {
    throw new SyntaxError(`Cannot read "${folder}/${name}": ${key} is not that of a study`);
  };
  if (!isStudy(study)) refuse("config.json", "study");
  if (!isObject(config) || !isObject(config.sampling)) refuse("config.json", "config");
  if (!isMethods(methods)) refuse("config.json", "methods");
  if (!isHashes(inputs)) refuse("manifest.json", "inputs");
  if (!isHashes(outputs)) refuse("manifest.json", "outputs");
  return { folder, study, config, methods, inputs, outputs } as unknown as RecordedRun;
}

/**
 * The row to compute again, with the settings that the run recorded.
 *
 * @throws {UsageError} if the run has no such row or style
 * @throws {RangeError} if this version gives the row other settings
 */
export function rowOf(run: RecordedRun, id = run.methods.at(-1)!.id, style?: string): Row {
  const { styles } = run.study;
  const chosen = style ?? styles[0]!;
  if (!styles.includes(chosen)) {
    throw new UsageError(`--style must be one of ${styles.join(", ")}: found "${chosen}"`);
  }
  if (!run.methods.some((method) => method.id === id)) {
    const ids = run.methods.map((method) => shown(method.id)).join(", ");
    throw new UsageError(`--row must be one of ${ids}: found "${id}"`);
  }
  return { style: chosen, method: methodOf(run, id), untuned: methodOf(run, run.methods[0]!.id) };
}

function methodOf({ folder, config, methods }: RecordedRun, id: string): StudyMethod {
  const recorded = methods.find((method) => method.id === id)!;
  const known = knownMethods(folder, config).filter(({ method }) => method.id === id);
  const wanted = canonicalJson(recorded.settings);
  const same = known.find(({ settings }) => canonicalJson(settings) === wanted);
  if (same) return same;
  throw new RangeError(
    `Cannot use "${folder}/config.json": this version knows no row "${shown(id)}" of its settings`,
  );
}

function knownMethods(folder: string, config: StudyConfig): StudyMethod[] {
  try {
    return [...ablationMethods(config), ...clipTableMethods(config)];
  } catch {
    throw new SyntaxError(`Cannot read "${folder}/config.json": config is not that of a study`);
  }
}

type Json = Record<string, unknown>;

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStudy(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { model, engine, seed, styles } = value;
  return typeof model === "string" && ENGINES.some((name) => name === engine) &&
    Number.isSafeInteger(seed) && Array.isArray(styles) && styles.length > 0 &&
    styles.every((style) => HELD_OUT_STYLES.includes(style));
}

function isMethods(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 &&
    value.every((method) => isObject(method) && typeof method.id === "string");
}

function isHashes(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((hash) => typeof hash === "string");
}
