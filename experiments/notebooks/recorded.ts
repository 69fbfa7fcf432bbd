import { fileURLToPath } from "node:url";
import { readJson } from "../../lib/io/files.ts";
import { readImage } from "../../lib/io/image.ts";
import { figureOfHtml } from "../../lib/show/figure_files.ts";
import { show, type Showable } from "../../lib/show/notebook.ts";

const RESULTS = new URL("../../results/", import.meta.url);

/**
 * Shows what a file of results/ holds; where it is missing, a sentence with the command that makes it.
 *
 * @param path The JSON file, relative to results/.
 * @param command What makes it.
 * @param views What to show of it, one output each; undefined shows nothing.
 */
export async function showRecorded<T>(
  path: string,
  command: string,
  ...views: readonly ((value: T) => Showable | undefined)[]
): Promise<void> {
  const value = await orMissing(readJson<T>(inResults(path)));
  if (value === undefined) return await show(missing(path, command));
  for (const view of views) {
    const shown = view(value);
    if (shown !== undefined) await show(shown);
  }
}

/**
 * As {@linkcode showRecorded}, for a picture: a figure comes back interactive where its page stands
 * beside it.
 *
 * @param path The PNG file, relative to results/.
 */
export async function showRecordedImage(path: string, command: string): Promise<void> {
  const image = await orMissing(readImage(inResults(path)));
  if (!image) return await show(missing(path, command));
  const page = await orMissing(Deno.readTextFile(inResults(path.replace(/\.png$/, ".html"))));
  const figure = page === undefined ? undefined : figureOfHtml(page);
  await show(figure ? { figure, image } : image);
}

/** The sentence in place of results that nobody made yet. */
export function missing(path: string, command: string): string {
  return `*There is no* \`results/${path}\` *yet:* \`${command}\` *makes it.*`;
}

const inResults = (path: string) => fileURLToPath(new URL(path, RESULTS));

async function orMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
