/**
 * Renders one block of a pool per message.
 *
 * @module
 */
/// <reference lib="deno.worker" />
import { writeAtomic } from "../../lib/io/files.ts";
import { openWorld } from "../../lib/world/mod.ts";
import { blockPath, packScenes, type PoolConfig } from "./pool.ts";

const world = openWorld({ unnamed: true });

self.onmessage = async (
  { data }: MessageEvent<{ folder: string; config: PoolConfig; block: number }>,
) => {
  const { render } = await world;
  const bytes = packScenes(data.config, data.block, render);
  await writeAtomic(blockPath(data.folder, data.config, data.block), bytes);
  self.postMessage(data.block);
};
