import { initWasm } from "@resvg/resvg-wasm";

let started: Promise<void> | undefined;

/**
 * Starts the SVG rasteriser, which is one per process: every user of `@resvg/resvg-wasm` awaits this
 * in place of `initWasm`, which refuses to run twice.
 */
export function startResvg(): Promise<void> {
  return started ??= (async () => {
    const wasm = new URL(import.meta.resolve("@resvg/resvg-wasm/index_bg.wasm"));
    await initWasm(await Deno.readFile(wasm));
  })();
}
