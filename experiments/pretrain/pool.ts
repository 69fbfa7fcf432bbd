/**
 * The pools of scenes that the embedded models are trained on: scene `i` is a pure function of the
 * seed and `i`; its pixels are rendered once, by two workers, into blocks on disk.
 *
 * @module
 */
import { Random } from "../../lib/engine/random.ts";
import {
  HELD_OUT_STYLES,
  type RenderedScene,
  sampleScene,
  type Scene,
  SCENE_SIZE,
  type Split,
  TRAINED_STYLES,
  unnamedStyle,
} from "../../lib/world/mod.ts";

/** What a pool holds. */
export interface PoolConfig {
  readonly seed: number;
  readonly split: Split;
  /** Scenes, a multiple of {@linkcode BLOCK}. */
  readonly size: number;
  /** Share of scenes with two objects. */
  readonly pairs: number;
  /**
   * Share of scenes in a style of their own, drawn at random; the others are then in trained styles.
   * 0 stands for all named styles, held-out ones too.
   */
  readonly unnamed: number;
}

/** Scenes per file. */
export const BLOCK = 2048;

/** Bytes of one image, RGB. */
export const IMAGE_BYTES = SCENE_SIZE * SCENE_SIZE * 3;

/** Side of a cell in pixels: the generator's transformer works on 8 x 8 of them. */
const CELL = 8;

/** Cells of a scene. */
export const CELLS = (SCENE_SIZE / CELL) ** 2;

const SCENE_BYTES = IMAGE_BYTES + CELLS;

/** The scenes that the judge is trained on. */
export const SEEN: PoolConfig = Object.freeze({
  seed: 1,
  split: "train",
  size: 73 * BLOCK,
  pairs: 0.35,
  unnamed: 0,
});

/** Combinations of concepts and styles that the generator never sees; the judge does. */
export const HELD_OUT: PoolConfig = Object.freeze({ ...SEEN, split: "test", size: 6 * BLOCK });

/** The scenes that the image tokenizer and the generator are trained on. */
export const DRAWN: PoolConfig = Object.freeze({
  seed: 2,
  split: "train",
  size: 96 * BLOCK,
  pairs: 0.6,
  unnamed: 0.5,
});

const ALL_STYLES = [...TRAINED_STYLES, ...HELD_OUT_STYLES];

/** The styles that scene `i` may have. */
function stylesAt({ unnamed }: PoolConfig, i: number, random: Random): readonly string[] {
  if (unnamed === 0) return ALL_STYLES;
  return random.next() < unnamed ? [unnamedStyle(i)] : TRAINED_STYLES;
}

/** Scene `i`: a decoration in 12 %, a plain background in half of the cases. */
export function sceneAt(config: PoolConfig, i: number): Scene {
  const random = new Random(config.seed).split(config.split).split(i);
  const scene = sampleScene(random, {
    styles: stylesAt(config, i, random),
    objects: random.next() < config.pairs ? 2 : 1,
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
  /** Index of every scene in a style that is not held out. */
  readonly trained: readonly number[];
  readonly #scenes: Scene[];

  /** @param blocks Pixels, {@linkcode BLOCK} scenes each. */
  constructor(config: PoolConfig, blocks: Uint8Array[]) {
    this.config = config;
    this.#blocks = blocks;
    this.#scenes = Array.from({ length: config.size }, (_, i) => sceneAt(config, i));
    const unseen = new Set<string>(HELD_OUT_STYLES);
    this.trained = this.#scenes.flatMap(({ style }, i) => (unseen.has(style) ? [] : [i]));
  }

  /** The record of scene `i`. */
  scene(i: number): Scene {
    return this.#scenes[i]!;
  }

  /** The pixels of scene `i`, RGB bytes. */
  pixels(i: number): Uint8Array {
    return this.#bytes(i).subarray(0, IMAGE_BYTES);
  }

  /** What stands in each cell of scene `i`, as {@linkcode cellsOf} tells. */
  cells(i: number): Uint8Array {
    return this.#bytes(i).subarray(IMAGE_BYTES);
  }

  #bytes(i: number): Uint8Array {
    const from = (i % BLOCK) * SCENE_BYTES;
    return this.#blocks[Math.floor(i / BLOCK)]!.subarray(from, from + SCENE_BYTES);
  }
}

/** Share of a cell that a region must fill to stand there. */
const FILLED = 0.3;

/**
 * The foremost region that fills enough of each 8 x 8 pixel cell, row-major: 0 background, 1 subject,
 * 2 object, 3 decoration.
 *
 * @param regions of `RenderedScene`
 */
export function cellsOf(regions: Uint8Array): Uint8Array {
  const side = SCENE_SIZE / CELL;
  return Uint8Array.from({ length: CELLS }, (_, cell) => {
    const counts = [0, 0, 0, 0];
    const left = cell % side * CELL, top = Math.floor(cell / side) * CELL;
    for (let y = top; y < top + CELL; y++) {
      for (let x = left; x < left + CELL; x++) counts[regions[y * SCENE_SIZE + x]!]!++;
    }
    return [1, 2, 3].find((region) => counts[region]! >= FILLED * CELL ** 2) ?? 0;
  });
}

/** Renders scenes of a block, one after the other: pixels, then cells of each. */
export function packScenes(
  config: PoolConfig,
  block: number,
  render: (scene: Scene) => RenderedScene,
): Uint8Array {
  const bytes = new Uint8Array(BLOCK * SCENE_BYTES);
  for (let i = 0; i < BLOCK; i++) {
    const { image, regions } = render(sceneAt(config, block * BLOCK + i));
    bytes.set(image.data, i * SCENE_BYTES);
    bytes.set(cellsOf(regions), i * SCENE_BYTES + IMAGE_BYTES);
  }
  return bytes;
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
    if (info?.size !== BLOCK * SCENE_BYTES) missing.push(block);
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
