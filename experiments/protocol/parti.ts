import { download } from "../../lib/io/download.ts";
import { sha256File } from "../../lib/io/files.ts";
import { UsageError } from "../../lib/show/command.ts";

/** A version of PartiPrompts (Yu et al., 2022) and how many prompts are taken of it. */
export interface PartiSource {
  /** SHA-256 of the file, where only one version of it will do. */
  readonly sha256?: string;
  /** Prompts that the filter must find. */
  readonly count: number;
}

/** The only version there is since June 2022, and the number of StyleDrop's prompts (4.2.1). */
export const PARTI_PROMPTS: PartiSource & { readonly sha256: string } = Object.freeze({
  sha256: "fab29e41bb512a169b56acab4cf2a41dcb675e285df2efcde6640c7dd3c440eb",
  count: 190,
});
const URL_OF_FILE = "https://raw.githubusercontent.com/google-research/parti/" +
  "5a657978134374ce28973948331b319adef164bd/PartiPrompts.tsv";
const BYTES = 123_107;

/** A prompt without its style. */
export interface PartiPrompt {
  /** "A cat" */
  readonly text: string;
  /** "Produce & Plants" */
  readonly category: string;
}

const CHALLENGE = "Basic";
const LEFT_OUT = ["Abstract", "Arts", "People", "World Knowledge"];
/** The published count of each category that is left (method.md 1.8). */
const COUNTS: Readonly<Record<string, number>> = {
  "Animals": 42,
  "Artifacts": 66,
  "Food & Beverage": 10,
  "Illustrations": 19,
  "Indoor Scenes": 5,
  "Outdoor Scenes": 24,
  "Produce & Plants": 10,
  "Vehicles": 14,
};

/**
 * Fetches PartiPrompts.tsv to a path, unless it is there, and checks its hash.
 *
 * @throws {HubError} if it cannot be fetched or is another file
 */
export async function downloadParti(path: string): Promise<void> {
  if (await Deno.stat(path).then((info) => info.isFile, () => false)) return;
  const { sha256: hash } = PARTI_PROMPTS;
  await download({
    url: URL_OF_FILE,
    path,
    size: BYTES,
    hash,
    name: '"PartiPrompts.tsv" (--parti)',
  });
}

/**
 * The prompts of a PartiPrompts.tsv: basic ones, without abstract, arts, people and world knowledge
 * (StyleDrop 4.2.1; method.md 1.8).
 *
 * @throws {UsageError} if the file is another one than `source` says, or the filter finds another number
 * @throws {SyntaxError} if it is no such table
 */
export async function readParti(
  path: string,
  source: PartiSource = PARTI_PROMPTS,
): Promise<PartiPrompt[]> {
  const text = await Deno.readTextFile(path);
  const found = await sha256File(path);
  const prompts = basicPrompts(text, path); // a wrong number tells more than a wrong hash
  if (prompts.length !== source.count) {
    throw new UsageError(
      `Cannot use "${path}": its filter finds ${prompts.length} prompts, but ${source.count} are ` +
        `wanted${source.count === PARTI_PROMPTS.count ? differences(prompts) : ""}`,
    );
  }
  if (source.sha256 !== undefined && found !== source.sha256) {
    throw new UsageError(
      `Cannot use "${path}": its SHA-256 is ${found}, but ${source.sha256} is wanted`,
    );
  }
  return prompts;
}

/** The prompt in a style: "A cat, animals, in watercolor painting style" (method.md 1.8). */
export function styledPrompt({ text, category }: PartiPrompt, style: string): string {
  return `${text}, ${category.toLowerCase().replaceAll("&", "and")}, in ${style} style`;
}

function basicPrompts(tsv: string, path: string): PartiPrompt[] {
  const [header = "", ...lines] = tsv.split(/\r?\n/).filter((line) => line !== "");
  const columns = header.split("\t");
  const at = ["Prompt", "Category", "Challenge"].map((name) => {
    const index = columns.indexOf(name);
    if (index >= 0) return index;
    throw new SyntaxError(`Cannot read "${path}": it has no column "${name}"`);
  });
  return lines.flatMap((line, i) => {
    const cells = line.split("\t");
    const [text, category, challenge] = at.map((index) => cells[index]?.trim());
    if (text === undefined || category === undefined || challenge === undefined || text === "") {
      throw new SyntaxError(
        `Cannot read "${path}": line ${
          i + 2
        } has ${cells.length} cells, but ${columns.length} are wanted`,
      );
    }
    return challenge === CHALLENGE && !LEFT_OUT.includes(category) ? [{ text, category }] : [];
  });
}

/** " (Animals 41 of 42, Birds 3 of 0)" */
function differences(prompts: readonly PartiPrompt[]): string {
  const names = [...new Set([...Object.keys(COUNTS), ...prompts.map((p) => p.category)])];
  const wrong = names.flatMap((name) => {
    const count = prompts.filter((prompt) => prompt.category === name).length;
    const wanted = COUNTS[name] ?? 0;
    return count === wanted ? [] : [`${name} ${count} of ${wanted}`];
  });
  return wrong.length === 0 ? "" : ` (${wrong.join(", ")})`;
}
