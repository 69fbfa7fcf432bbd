import { readJson } from "../../lib/io/files.ts";
import { shownValue } from "../../lib/io/shown.ts";
import { type Claim, type Difference, type Step, type Verdict, verdictOf } from "./claim.ts";

/** A claim with what was found about it. */
export interface Finding {
  readonly claim: Claim;
  /** Absent where nothing was measured. */
  readonly difference?: Difference;
  /** What stands beside it, by name, as far as the file has it. */
  readonly beside: readonly (readonly [name: string, difference: Difference])[];
  readonly verdict: Verdict;
}

/**
 * Reads what was measured about a claim.
 *
 * @param results The folder of all results.
 * @throws {SyntaxError} if a file there is not what its name says
 */
export async function measure(results: string, claim: Claim): Promise<Finding> {
  const path = `${results}/${claim.file}`;
  const content = await readIfThere(path);
  const at = (steps: readonly Step[]) => differenceOf(path, steps, follow(content, steps));
  const difference = at(claim.path);
  if (!difference) {
    const why = content === undefined ? "" : `${claim.file} has no such entry; `;
    return {
      ...{ claim, beside: [] },
      verdict: { word: "not measured", why: `${why}run \`${claim.command}\`` },
    };
  }
  const beside = Object.entries(claim.beside ?? {}).flatMap(([name, steps]) => {
    const found = at(steps);
    return found ? [[name, found] as const] : [];
  });
  const room = claim.room && await roomOf(results, claim.room);
  return { claim, difference, beside, verdict: verdictOf(difference, claim.claimed, room) };
}

async function roomOf(
  results: string,
  { file, path }: NonNullable<Claim["room"]>,
): Promise<number | undefined> {
  const content = await readIfThere(`${results}/${file}`);
  return differenceOf(`${results}/${file}`, path, follow(content, path))?.mean;
}

/** The parsed file; undefined where there is none. */
export async function readIfThere(path: string): Promise<unknown> {
  return await readJson<unknown>(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

/** What stands at the end of a way into a parsed file; undefined where it leads nowhere. */
export function follow(content: unknown, steps: readonly Step[]): unknown {
  return steps.reduce<unknown>((value, step) => {
    if (typeof step === "string") return isObject(value) ? value[step] : undefined;
    const says = (entry: unknown) =>
      isObject(entry) && Object.entries(step).every(([key, word]) => entry[key] === word);
    return Array.isArray(value) ? value.find(says) : undefined;
  }, content);
}

function differenceOf(
  path: string,
  steps: readonly Step[],
  value: unknown,
): Difference | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value) || !isNumber(value.mean) || !isInterval(value.ci95)) {
    const where = steps.map((step) => typeof step === "string" ? step : Object.values(step)).flat();
    throw new SyntaxError(
      `Cannot read "${path}": ${where.join(", ")} is ${shownValue(value)}, ` +
        "want a mean and its interval ci95",
    );
  }
  const { mean, ci95 } = value;
  const told = (["n", "p", "pHolm"] as const).filter((key) => isNumber(value[key]));
  return { mean, ci95, ...Object.fromEntries(told.map((key) => [key, value[key]])) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isInterval(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every(isNumber) &&
    value[0]! <= value[1]!;
}
