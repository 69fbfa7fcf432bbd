import { Resvg } from "@resvg/resvg-wasm";
import type { Image } from "../io/image.ts";
import { startResvg } from "../io/resvg.ts";

/** The family that every SVG of this folder names; its file ships through npm. */
export const FONT_FAMILY = "Inter";
/** Size of a figure's text, SVG units. */
export const SIZE = 12;

const FONTS = [
  "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
  "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf",
];

let ready: Promise<Uint8Array[]> | undefined;

async function start(): Promise<Uint8Array[]> {
  await startResvg();
  return await Promise.all(
    FONTS.map((font) => Deno.readFile(new URL(import.meta.resolve(font)))),
  );
}

/**
 * Draws an SVG without a browser and without system fonts.
 *
 * @param svg The document; text is set in {@linkcode FONT_FAMILY}.
 * @param scale Pixels per SVG unit.
 * @returns The picture over white.
 * @throws {SyntaxError} if the SVG cannot be parsed.
 */
export async function rasterise(svg: string, scale = 1): Promise<Image> {
  const fontBuffers = await (ready ??= start());
  const font = { fontBuffers, defaultFontFamily: FONT_FAMILY, loadSystemFonts: false };
  let drawing: InstanceType<typeof Resvg>;
  try {
    drawing = new Resvg(svg, {
      font,
      background: "#fff",
      fitTo: { mode: "zoom", value: scale },
    });
  } catch (error) {
    throw new SyntaxError(`Cannot draw the SVG: ${error}`);
  }
  const rendered = drawing.render();
  try {
    return opaque(rendered.width, rendered.height, rendered.pixels);
  } finally {
    rendered.free();
    drawing.free();
  }
}

function opaque(width: number, height: number, rgba: Uint8Array): Image {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.set(rgba.subarray(4 * i, 4 * i + 3), 3 * i);
  return { width, height, data };
}

/** The text with the characters that XML reserves escaped. */
export function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** About how wide a text is set, in SVG units: Inter averages 0.56 em per character. */
export function textWidth(text: string, size: number): number {
  return text.length * size * 0.56;
}
