/**
 * Turns vector, font and WebP drawings into RGBA pixels.
 *
 * resvg runs as WebAssembly because its native build ends the process on some drawings.
 */
import { createRequire } from "node:module";
import decodeWebp, { init as initWebp } from "@jsquash/webp/decode.js";
import { Resvg } from "@resvg/resvg-wasm";
import { startResvg } from "../io/resvg.ts";

const require = createRequire(import.meta.url);

/** A picture with premultiplied alpha. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** RGBA bytes, colour premultiplied by alpha, row-major. */
  readonly data: Uint8Array;
}

const RASTER_SIZE = 256;

/** Calls `start` once, however often it is asked. */
function once<T>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  return () => started ??= start();
}

const startWebp = once(async () => {
  const path = require.resolve("@jsquash/webp/codec/dec/webp_dec.wasm");
  await initWebp(await WebAssembly.compile(await Deno.readFile(path)));
});

interface FontOptions {
  readonly fontBuffers: Uint8Array[];
  readonly defaultFontFamily: string;
}

async function render(svg: string, font?: FontOptions): Promise<Raster | undefined> {
  await startResvg();
  try {
    const resvg = new Resvg(svg, {
      fitTo: { mode: "width", value: RASTER_SIZE },
      ...(font ? { font } : {}),
    });
    const image = resvg.render();
    const raster = { width: image.width, height: image.height, data: image.pixels.slice() };
    image.free();
    resvg.free();
    return raster;
  } catch {
    return undefined; // resvg gives up on a few malformed drawings
  }
}

/**
 * Draws an SVG text 256 pixels wide.
 *
 * @returns undefined where resvg cannot read the drawing
 */
export function rasterizeSvg(svg: string): Promise<Raster | undefined> {
  return render(svg);
}

/**
 * Draws one character of a font in black, 256 pixels wide.
 *
 * @param font bytes of a TrueType file
 */
export function rasterizeText(character: string, font: Uint8Array): Promise<Raster | undefined> {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200"><text x="100" y="150" ` +
    `font-size="130" text-anchor="middle">${character}</text></svg>`;
  return render(svg, { fontBuffers: [font], defaultFontFamily: "Noto Emoji" });
}

/** Decodes a WebP picture and premultiplies its alpha. */
export async function rasterizeWebp(bytes: Uint8Array): Promise<Raster> {
  await startWebp();
  const image = await decodeWebp(new Uint8Array(bytes).buffer);
  const data = new Uint8Array(image.data);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]! / 255;
    for (let c = 0; c < 3; c++) data[i + c] = Math.round(data[i + c]! * alpha);
  }
  return { width: image.width, height: image.height, data };
}
