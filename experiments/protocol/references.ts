import { folderOf, readJson } from "../../lib/io/files.ts";
import { type Image, readImage } from "../../lib/io/image.ts";
import { decompose, sortConcepts } from "../../lib/style/concepts.ts";
import type { Reference } from "../../lib/style/personalize.ts";
import { centreSquare } from "../personalize.ts";
import { slug } from "../study/task.ts";

/** A style reference of the protocol. */
export interface ProtocolReference {
  /** Its name in files and tables: "03-oil-painting". */
  readonly name: string;
  /** The style phrase of the prompts: "oil painting". */
  readonly style: string;
  /** The image's path. */
  readonly path: string;
  readonly reference: Reference;
}

/** One entry of the list. */
interface Entry {
  readonly image: string;
  readonly caption: string;
  readonly style?: string;
  readonly concepts?: readonly string[];
}

/**
 * Reads a list of style references: JSON `[{"image": "a.png", "caption": "a cat, in neon style"}]`,
 * with `"style"` where the caption does not end with one, and `"concepts"`, phrases of the caption, where
 * those found would be wrong. Images are looked for beside the list; their middle square is taken.
 *
 * @throws {SyntaxError} if it is no such list, or a caption names no style
 * @throws {RangeError} if a concept does not stand in its caption
 */
export async function readReferences(path: string): Promise<ProtocolReference[]> {
  const list = await readJson<unknown>(path);
  if (!Array.isArray(list) || list.length === 0) {
    throw new SyntaxError(`Cannot read "${path}": want a list of {"image", "caption"}`);
  }
  return await Promise.all(list.map(async (value, i) => {
    const { image, caption, style, concepts } = checkedEntry(
      value,
      `"${path}": reference ${i + 1}`,
    );
    const override = concepts && sortConcepts(concepts);
    const taken = decompose(caption, {
      ...(style !== undefined && { style }),
      ...(override && { override }),
    });
    const file = /^(?:[/\\]|[A-Za-z]:)/.test(image) ? image : `${folderOf(path)}/${image}`;
    const picture: Image = centreSquare(await readImage(file));
    return {
      name: `${String(i + 1).padStart(2, "0")}-${slug(taken.style)}`,
      style: taken.style,
      path: file,
      reference: {
        image: picture,
        caption,
        ...(style !== undefined && { style }),
        ...(override && { concepts: override }),
      },
    };
  }));
}

function checkedEntry(value: unknown, place: string): Entry {
  const isText = (x: unknown) => typeof x === "string" && x.trim() !== "";
  const wanted: Readonly<Record<keyof Entry, (x: unknown) => boolean>> = {
    image: isText,
    caption: isText,
    style: (x) => x === undefined || isText(x),
    concepts: (x) => x === undefined || (Array.isArray(x) && x.length > 0 && x.every(isText)),
  };
  const entry = (value !== null && typeof value === "object" ? value : {}) as Record<
    string,
    unknown
  >;
  const unknown = Object.keys(entry).find((key) => !(key in wanted));
  if (unknown !== undefined) {
    throw new SyntaxError(`Cannot read ${place} has an unknown key "${unknown}"`);
  }
  for (const [key, fits] of Object.entries(wanted)) {
    if (!fits(entry[key])) {
      const kind = key === "concepts" ? "a list of texts" : "a text";
      throw new SyntaxError(`Cannot read ${place} wants ${kind} as "${key}"`);
    }
  }
  return entry as unknown as Entry;
}
