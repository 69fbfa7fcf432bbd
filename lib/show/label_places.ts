import { SIZE, textWidth } from "./raster.ts";

/** A point and the name that is to stand beside it, in SVG units. */
export interface NamedPoint {
  readonly x: number;
  readonly y: number;
  /** Empty for a point that only keeps its place free. */
  readonly name: string;
  /** Below and to the left rather than above and to the right. */
  readonly below?: boolean;
}

/** The start or end of a name's base line. */
export interface LabelPlace {
  readonly x: number;
  readonly y: number;
  readonly anchor: "start" | "end";
}

const RADIUS = 5, ABOVE = -8, BELOW = 16, ASIDE = 8, ASCENT = 10, DESCENT = 3;

type Rectangle = readonly [left: number, top: number, right: number, bottom: number];

/**
 * Where names stand beside their points: at the first of the four corners that is free of all points
 * and of the names before; at the first one inside the limits where none is free.
 *
 * @param left The least x of a name.
 * @param right The largest.
 */
export function labelPlaces(
  points: readonly NamedPoint[],
  left: number,
  right: number,
): LabelPlace[] {
  const taken = points.map(({ x, y }): Rectangle => [
    ...[x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS] as const,
  ]);
  return points.map((point, i) => {
    const inside = corners(point).filter(({ box }) => box[0] >= left && box[2] <= right);
    const others = taken.filter((_, k) => k !== i); // a point does not hide its own name
    const free = inside.find(({ box }) => !others.some((other) => overlap(box, other)));
    const { box, place } = free ?? inside[0] ?? corners(point)[0]!;
    if (point.name !== "") taken.push(box);
    return place;
  });
}

function corners({ x, y, name, below = false }: NamedPoint) {
  const width = textWidth(name, SIZE);
  const at = (low: boolean, anchor: LabelPlace["anchor"]) => {
    const base = y + (low ? BELOW : ABOVE), start = x + ASIDE, end = x - ASIDE;
    const from = anchor === "start" ? start : end - width;
    const box: Rectangle = [from, base - ASCENT, from + width, base + DESCENT];
    return { box, place: { x: anchor === "start" ? start : end, y: base, anchor } };
  };
  return below
    ? [at(true, "end"), at(true, "start"), at(false, "end"), at(false, "start")]
    : [at(false, "start"), at(false, "end"), at(true, "start"), at(true, "end")];
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}
