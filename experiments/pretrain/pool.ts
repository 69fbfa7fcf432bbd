/**
 * The pool of scenes that the embedded models are trained on: scene `i` is a pure function of the
 * seed and `i`; its pixels are rendered once, by two workers, into blocks on disk.
 *
 * @module
 */
import { Random } from "../../lib/engine/random.ts";
import {
  HELD_OUT_STYLES,
  sampleScene,
  type Scene,
  SCENE_SIZE,
  type Split,
  TRAINED_STYLES,
} from "../../lib/world/mod.ts";

/** What a pool holds. */
export interface PoolConfig {
  readonly seed: number;
  readonly split: Split;
  /** Scenes, a multiple of {@linkcode BLOCK}. */
  readonly size: number;
}

/** Scenes per file. */
export const BLOCK = 2048;

/** Bytes of one image, RGB. */
export const IMAGE_BYTES = SCENE_SIZE * SCENE_SIZE * 3;

/** The scenes that all training draws from. */
export const SEEN: PoolConfig = Object.freeze({ seed: 1, split: "train", size: 73 * BLOCK });

/** Combinations of concepts and styles that the generator never sees; the judge does. */
export const HELD_OUT: PoolConfig = Object.freeze({ seed: 1, split: "test", size: 6 * BLOCK });

const STYLES = [...TRAINED_STYLES, ...HELD_OUT_STYLES];

/** Scene `i`: two objects in 35 %, a decoration in 12 %, a plain background in half of the cases. */
export function sceneAt(config: PoolConfig, i: number): Scene {
  const random = new Random(config.seed).split(config.split).split(i);
  const scene = sampleScene(random, {
    styles: STYLES,
    objects: random.next() < 0.35 ? 2 : 1,
    decorations: random.next() < 0.24,
    split: config.split,
  });
  return random.next() < 0.4 ? { ...scene, pattern: "plain" } : scene;
}

/** The records of all scenes of some pools, as text, to tell which scenes no training saw. */
export function recordsOf(...configs: readonly PoolConfig[]): Set<string> {
  const records = new Set<string>();
  for (const config of configs) {
    for (let i = 0; i < config.size; i++) records.add(recordText(sceneAt(config, i)));
  }
  return records;
}

/** A scene's record as text. */
export function recordText(s: Scene): string {
  return [s.subject, s.relation, s.object, s.pattern, s.colour, s.decoration, s.style].join("|");
}

/** The file of a block. */
export function blockPath(folder: string, config: PoolConfig, block: number): string {
  return `${folder}/${config.split}-${config.seed}-${String(block).padStart(4, "0")}.bin`;
}

/** Rendered scenes. */
export class Pool {
  readonly config: PoolConfig;
  readonly #blocks: Uint8Array[];
  /** Index of every scene in a style that the generator may see. */
  readonly trained: readonly number[];
  readonly #scenes: Scene[];

  /** @param blocks Pixels, {@linkcode BLOCK} scenes each. */
  constructor(config: PoolConfig, blocks: Uint8Array[]) {
    this.config = config;
    this.#blocks = blocks;
    this.#scenes = Array.from({ length: config.size }, (_, i) => sceneAt(config, i));
    const seen = new Set<string>(TRAINED_STYLES);
    this.trained = this.#scenes.flatMap((scene, i) => (seen.has(scene.style) ? [i] : []));
  }

  /** The record of scene `i`. */
  scene(i: number): Scene {
    return this.#scenes[i]!;
  }

  /** The pixels of scene `i`, RGB bytes. */
  pixels(i: number): Uint8Array {
    const from = (i % BLOCK) * IMAGE_BYTES;
    return this.#blocks[Math.floor(i / BLOCK)]!.subarray(from, from + IMAGE_BYTES);
  }
}

/** Opens a pool, rendering the blocks that `folder` does not hold yet. */
export async function openPool(
  folder: string,
  config: PoolConfig,
  onBlock: (done: number, total: number) => void = () => {},
): Promise<Pool> {
  await Deno.mkdir(folder, { recursive: true });
  const total = Math.ceil(config.size / BLOCK);
  const missing: number[] = [];
  for (let block = 0; block < total; block++) {
    const info = await Deno.stat(blockPath(folder, config, block)).catch(() => null);
    if (info?.size !== BLOCK * IMAGE_BYTES) missing.push(block);
  }
  let done = total - missing.length;
  const next = missing.values();
  await Promise.all(
    [0, 1].map((id) => renderBlocks(folder, config, next, id, () => onBlock(++done, total))),
  );
  const blocks: Uint8Array[] = [];
  for (let block = 0; block < total; block++) {
    blocks.push(await Deno.readFile(blockPath(folder, config, block)));
  }
  return new Pool(config, blocks);
}

async function renderBlocks(
  folder: string,
  config: PoolConfig,
  blocks: Iterator<number>,
  id: number,
  onBlock: () => void,
): Promise<void> {
  let worker: Worker | undefined;
  for (let turn = blocks.next(); !turn.done; turn = blocks.next()) {
    worker ??= new Worker(new URL("./pool_worker.ts", import.meta.url), {
      type: "module",
      name: `scenes ${id}`,
    });
    await new Promise<void>((resolve, reject) => {
      worker!.onmessage = () => resolve();
      worker!.onerror = (event) => reject(new Error(event.message));
      worker!.postMessage({ folder, config, block: turn.value });
    });
    onBlock();
  }
  worker?.terminate();
}
