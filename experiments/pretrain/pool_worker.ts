/**
 * Renders one block of a pool per message.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { writeAtomic } from "../../lib/io/files.ts";
import { openWorld } from "../../lib/world/mod.ts";
import { BLOCK, blockPath, IMAGE_BYTES, type PoolConfig, sceneAt } from "./pool.ts";

const world = openWorld();

self.onmessage = async (
  { data }: MessageEvent<{ folder: string; config: PoolConfig; block: number }>,
) => {
  const { render } = await world;
  const pixels = new Uint8Array(BLOCK * IMAGE_BYTES);
  for (let i = 0; i < BLOCK; i++) {
    const scene = sceneAt(data.config, data.block * BLOCK + i);
    pixels.set(render(scene).image.data, i * IMAGE_BYTES);
  }
  await writeAtomic(blockPath(data.folder, data.config, data.block), pixels);
  self.postMessage(data.block);
};
