import { shownValue } from "../../lib/io/shown.ts";
import type { Claim } from "./claim.ts";
import { follow, readIfThere } from "./measure.ts";

/** What a run of results says it was made of. */
export interface Run {
  /** Below the folder of all results. */
  readonly folder: string;
  /** Absent where the command has none. */
  readonly preset?: string;
  /** How many. */
  readonly styles: number;
  /** Per style. */
  readonly prompts: number;
  /** Per prompt. */
  readonly images: number;
  readonly seed: number;
  readonly model: string;
  readonly engine: string;
  /** What makes such a run. */
  readonly command: string;
}

/**
 * The runs that the claims are measured by, as far as they are there.
 *
 * @param results The folder of all results.
 * @throws {SyntaxError} if a run's config.json is not that of a study
 */
export async function runsOf(results: string, claims: readonly Claim[]): Promise<Run[]> {
  const commands = new Map(
    claims.map(({ file, command }) => [file.slice(0, file.lastIndexOf("/")), command]),
  );
  const runs: Run[] = [];
  for (const [folder, command] of commands) {
    const path = `${results}/${folder}/config.json`;
    const content = await readIfThere(path);
    if (content !== undefined) runs.push({ folder, command, ...runOf(path, content) });
  }
  return runs;
}

function runOf(path: string, content: unknown): Omit<Run, "folder" | "command"> {
  const at = <T>(
    steps: readonly string[],
    wanted: string,
    is: (value: unknown) => value is T,
  ): T => {
    const value = follow(content, steps);
    if (is(value)) return value;
    const found = `${steps.join(".")} is ${shownValue(value)}`;
    throw new SyntaxError(`Cannot read "${path}": ${found}, want ${wanted}`);
  };
  const text = (value: unknown) => typeof value === "string";
  const preset = follow(content, ["study", "preset"]);
  return {
    ...(text(preset) && { preset }),
    styles: at(["study", "styles"], "a list", (value) => Array.isArray(value)).length,
    prompts: at(["config", "prompts"], "a number", isCount),
    images: at(["config", "imagesPerPrompt"], "a number", isCount),
    seed: at(["study", "seed"], "a number", isCount),
    model: at(["study", "model"], "a name", text),
    engine: at(["study", "engine"], "a name", text),
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
