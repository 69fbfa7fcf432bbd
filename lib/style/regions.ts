import type { Box } from "../io/image.ts";
import type { ConceptMap } from "./attention.ts";

/** How a map becomes a region; the defaults are {@linkcode REGION_DEFAULTS}. */
export interface RegionOptions {
  /** What parts inside from outside: two means, Otsu, or a fixed level of the normalised map. */
  readonly threshold: "kmeans" | "otsu" | number;
  /** Widening of the bounding box on each side, as a share of its longer side. */
  readonly margin: number;
  /** Smallest box, as a share of the image's shorter side. */
  readonly minSide: number;
  /**
   * `bounding`: the box around the largest connected part. `inscribed`: the largest square that lies
   * in the region (at least nine tenths of it), for backgrounds, whose bounding box would hold the
   * subjects too.
   */
  readonly fit: "bounding" | "inscribed";
}

/** Nothing of this is published; method.md 1.3 proposes it. */
export const REGION_DEFAULTS: RegionOptions = Object.freeze({
  threshold: "kmeans",
  margin: 0.125,
  minSide: 1 / 3,
  fit: "bounding",
});

/** Where a concept is. */
export interface Region {
  /** A square of whole pixels inside the image. */
  readonly box: Box;
  /** The grid of `mask` is side x side. */
  readonly side: number;
  /** [side * side]: 1 inside, 0 outside. */
  readonly mask: Uint8Array;
}

/**
 * The region of a concept (method.md 1.3): min-max normalise, threshold, keep the largest connected
 * part, take a square box. A map without contrast gives the whole image.
 *
 * @param size of the image, pixels
 * @param exclude [side * side], 1 where the region must not be (the subjects, for a background)
 * @throws {RangeError} if an option is out of range
 */
export function findRegion(
  map: ConceptMap,
  size: { readonly width: number; readonly height: number },
  options: Partial<RegionOptions> = {},
  exclude?: Uint8Array,
): Region {
  const settings = { ...REGION_DEFAULTS, ...options };
  checkOptions(settings);
  const { side } = map;
  const values = normalised(map.values);
  const level = levelOf(values, settings.threshold);
  const above = Uint8Array.from(values, (v, i) => v >= level && !exclude?.[i] ? 1 : 0);
  if (!above.includes(1)) above.fill(1);
  if (settings.fit === "inscribed") {
    return { box: inscribedBox(above, side, size, settings.minSide), side, mask: above };
  }
  const mask = largestPart(above, side);
  return { box: boundingBox(mask, side, size, settings), side, mask };
}

/** Stretched to 0 .. 1; a constant map becomes all 1. */
export function normalised(values: Float32Array): Float32Array {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.map((v) => high > low ? (v - low) / (high - low) : 1);
}

function levelOf(values: Float32Array, threshold: RegionOptions["threshold"]): number {
  if (typeof threshold === "number") return threshold;
  return threshold === "otsu" ? otsuLevel(values) : twoMeansLevel(values);
}

/** Half way between the two centres that k-means finds, started from the extremes. */
function twoMeansLevel(values: Float32Array): number {
  let level = 0.5;
  for (let round = 0; round < 100; round++) {
    const next = (meanOf(values.filter((v) => v < level), 0) +
      meanOf(values.filter((v) => v >= level), 1)) / 2;
    if (next === level) break;
    level = next;
  }
  return level;
}

function meanOf(values: Float32Array, empty: number): number {
  return values.length === 0 ? empty : values.reduce((a, b) => a + b, 0) / values.length;
}

/** Otsu's level: the split with the largest variance between the classes. */
function otsuLevel(values: Float32Array): number {
  let [best, level] = [-1, 0.5];
  for (const candidate of new Set(values)) {
    const [low, high] = [
      values.filter((v) => v < candidate),
      values.filter((v) => v >= candidate),
    ];
    const between = low.length * high.length * (meanOf(high, 1) - meanOf(low, 0)) ** 2;
    if (low.length > 0 && between > best) [best, level] = [between, candidate];
  }
  return level;
}

/** The largest part of the mask whose cells touch by an edge. */
function largestPart(mask: Uint8Array, side: number): Uint8Array {
  const left = mask.slice();
  let best: number[] = [];
  for (let start = 0; start < left.length; start++) {
    if (!left[start]) continue;
    const part = [start];
    left[start] = 0;
    for (let i = 0; i < part.length; i++) {
      for (const next of neighbours(part[i]!, side)) {
        if (left[next]) left[next] = 0, part.push(next);
      }
    }
    if (part.length > best.length) best = part;
  }
  const out = new Uint8Array(mask.length);
  for (const cell of best) out[cell] = 1;
  return out;
}

function neighbours(cell: number, side: number): number[] {
  const [x, y] = [cell % side, Math.floor(cell / side)];
  const around = [];
  if (x > 0) around.push(cell - 1);
  if (x < side - 1) around.push(cell + 1);
  if (y > 0) around.push(cell - side);
  if (y < side - 1) around.push(cell + side);
  return around;
}

type Size = { readonly width: number; readonly height: number };

/** The box of the mask's cells, widened, squared, not too small, inside the image. */
function boundingBox(
  mask: Uint8Array,
  side: number,
  size: Size,
  { margin, minSide }: RegionOptions,
): Box {
  const cells = [...mask.keys()].filter((i) => mask[i]);
  const columns = cells.map((i) => i % side), rows = cells.map((i) => Math.floor(i / side));
  const [cellWidth, cellHeight] = [size.width / side, size.height / side];
  const left = Math.min(...columns) * cellWidth, right = (Math.max(...columns) + 1) * cellWidth;
  const top = Math.min(...rows) * cellHeight, bottom = (Math.max(...rows) + 1) * cellHeight;
  const longest = Math.max(right - left, bottom - top) * (1 + 2 * margin);
  const shorter = Math.min(size.width, size.height);
  const wanted = Math.round(Math.min(shorter, Math.max(longest, shorter * minSide)));
  return squareAt((left + right) / 2, (top + bottom) / 2, wanted, size);
}

/** The square of a side around a centre, moved into the image. */
function squareAt(x: number, y: number, side: number, size: Size): Box {
  const inside = (centre: number, limit: number) =>
    Math.min(limit - side, Math.max(0, Math.round(centre - side / 2)));
  return { x: inside(x, size.width), y: inside(y, size.height), width: side, height: side };
}

/** Share of a square that has to lie in the region. */
const COVERED = 0.9;

/** The largest well-covered square of cells, else the best covered one of the smallest size. */
function inscribedBox(mask: Uint8Array, side: number, size: Size, minSide: number): Box {
  const smallest = Math.max(1, Math.ceil(side * minSide));
  let best = { x: 0, y: 0, cells: side, covered: -1 };
  for (let cells = side; cells >= smallest && best.covered < COVERED; cells--) {
    best = { ...best, covered: -1 };
    for (let y = 0; y + cells <= side; y++) {
      for (let x = 0; x + cells <= side; x++) {
        const covered = coverage(mask, side, x, y, cells);
        if (covered > best.covered) best = { x, y, cells, covered };
      }
    }
  }
  const [cellWidth, cellHeight] = [size.width / side, size.height / side];
  const pixels = Math.floor(best.cells * Math.min(cellWidth, cellHeight));
  const centre = (at: number, cell: number) => (at + best.cells / 2) * cell;
  return squareAt(centre(best.x, cellWidth), centre(best.y, cellHeight), pixels, size);
}

/** Share of a square of cells that is in the mask. */
function coverage(mask: Uint8Array, side: number, x: number, y: number, cells: number): number {
  let sum = 0;
  for (let row = y; row < y + cells; row++) {
    for (let column = x; column < x + cells; column++) sum += mask[row * side + column]!;
  }
  return sum / cells ** 2;
}

/**
 * The region of a box that a person drew: the cells whose centres lie in it.
 *
 * @param side of the mask's grid
 * @throws {RangeError} if the box is no square of whole pixels inside the image
 */
export function regionOfBox(box: Box, size: Size, side: number, name = "region"): Region {
  const { x, y, width, height } = box;
  const inside = x >= 0 && y >= 0 && x + width <= size.width && y + height <= size.height;
  const whole = [x, y, width, height].every(Number.isInteger) && width > 0;
  if (!whole || width !== height || !inside) {
    throw new RangeError(
      `Cannot use the box of "${name}": x ${x}, y ${y}, width ${width}, height ${height}, ` +
        `wanted a square of whole pixels inside ${size.width} x ${size.height}`,
    );
  }
  const centre = (cell: number, length: number) => (cell + 0.5) * length / side;
  const mask = Uint8Array.from({ length: side * side }, (_, i) => {
    const dx = centre(i % side, size.width) - x, dy = centre(Math.floor(i / side), size.height) - y;
    return dx >= 0 && dy >= 0 && dx < width && dy < height ? 1 : 0;
  });
  return { box, side, mask };
}

/** The mask on a finer or coarser grid, by the nearest cell: [side * side]. */
export function resizeMask(region: Region, side: number): Uint8Array {
  const nearest = (i: number) => Math.floor((i + 0.5) * region.side / side);
  return Uint8Array.from(
    { length: side * side },
    (_, i) => region.mask[nearest(Math.floor(i / side)) * region.side + nearest(i % side)]!,
  );
}

function checkOptions({ threshold, margin, minSide }: RegionOptions): void {
  if (typeof threshold === "number" ? !(threshold > 0 && threshold <= 1) : !LEVELS.has(threshold)) {
    throw new RangeError(
      `Cannot find regions: threshold is ${threshold}, want kmeans, otsu or a level in (0, 1]`,
    );
  }
  if (!(margin >= 0)) {
    throw new RangeError(`Cannot find regions: margin is ${margin}, want 0 or more`);
  }
  if (!(minSide > 0 && minSide <= 1)) {
    throw new RangeError(`Cannot find regions: minSide is ${minSide}, want a share in (0, 1]`);
  }
}
const LEVELS = new Set(["kmeans", "otsu"]);
