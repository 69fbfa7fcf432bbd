/**
 * All master glyphs of one art source, kept in one binary file so that a second start is quick.
 *
 * The cache is a convenience: where it can be neither read nor written, glyphs are drawn anew.
 */
import { CONCEPTS } from "./concepts.ts";
import { MASTER_SIZE, masterGlyph } from "./glyphs.ts";
import type { Decoration } from "./scene.ts";
import { openSource, type SourceId, sourceVersion } from "./sources.ts";

/** Codepoint of the glyph of each decoration. */
export const DECORATION_CODEPOINTS: Readonly<Record<Exclude<Decoration, "none">, string>> = {
  "stars": "2b50",
  "red hearts": "2764",
  "snowflakes": "2744",
  "maple leaves": "1f341",
  "sparkles": "2728",
  "droplets": "1f4a7",
};

const CODEPOINTS: readonly string[] = [
  ...CONCEPTS.map((concept) => concept.codepoint),
  ...Object.values(DECORATION_CODEPOINTS),
];
const GLYPH_BYTES = MASTER_SIZE * MASTER_SIZE * 4;

/** Master glyphs of one source by codepoint: RGBA, premultiplied alpha. */
export type Atlas = ReadonlyMap<string, Uint8Array>;

async function drawAtlas(id: SourceId): Promise<Uint8Array> {
  const source = await openSource(id);
  const bytes = new Uint8Array(CODEPOINTS.length * GLYPH_BYTES);
  for (const [i, codepoint] of CODEPOINTS.entries()) {
    const raster = await source.draw(codepoint);
    if (!raster) throw new RangeError(`Cannot draw U+${codepoint}: "${id}" has no such drawing`);
    bytes.set(masterGlyph(raster), i * GLYPH_BYTES);
  }
  return bytes;
}

/** The file of an atlas: named by everything that its content depends on. */
async function atlasFile(id: SourceId, folder: URL): Promise<URL> {
  const key = new TextEncoder().encode(`2 ${MASTER_SIZE} ${CODEPOINTS.join(" ")}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", key));
  const hash = [...digest.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  return new URL(`${await sourceVersion(id)}-${hash}.bin`, folder);
}

async function readAtlas(file: URL): Promise<Uint8Array | undefined> {
  const bytes = await Deno.readFile(file).catch(() => undefined);
  return bytes?.length === CODEPOINTS.length * GLYPH_BYTES ? bytes : undefined;
}

async function keepAtlas(file: URL, bytes: Uint8Array): Promise<void> {
  const temporary = new URL(`${file.href}.${crypto.randomUUID()}`);
  try {
    await Deno.mkdir(new URL(".", file), { recursive: true });
    await Deno.writeFile(temporary, bytes);
    await Deno.rename(temporary, file);
  } catch {
    await Deno.remove(temporary).catch(() => {}); // a folder that cannot be written is no error
  }
}

/**
 * Loads every glyph of a source, from the cache if it has them.
 *
 * @param folder cache folder, ending in a slash
 * @throws {RangeError} if the source lacks a drawing
 */
export async function loadAtlas(id: SourceId, folder: URL): Promise<Atlas> {
  const file = await atlasFile(id, folder);
  let bytes = await readAtlas(file);
  if (!bytes) {
    bytes = await drawAtlas(id);
    await keepAtlas(file, bytes);
  }
  return new Map(CODEPOINTS.map((codepoint, i) => [
    codepoint,
    bytes.subarray(i * GLYPH_BYTES, (i + 1) * GLYPH_BYTES),
  ]));
}
