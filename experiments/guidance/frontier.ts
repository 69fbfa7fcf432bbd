/** A point of a trade-off; more of both is better. */
export interface TradeOff {
  readonly style: number;
  readonly text: number;
}

/**
 * The frontier: the points that no other one, and no mixture of two others, exceeds in both measures;
 * a mixture draws a share of the images with each setting, so it lies on the line between them. Of
 * equal points the first one counts.
 *
 * @returns Their places, by rising Style and so by falling Text; none for no points.
 */
export function frontierOf(points: readonly TradeOff[]): number[] {
  const order = points.map((_, i) => i).sort((a, b) =>
    points[b]!.style - points[a]!.style || points[b]!.text - points[a]!.text || a - b
  );
  const front: number[] = [];
  for (const i of order) {
    if (front.length > 0 && points[i]!.text <= points[front.at(-1)!]!.text) continue;
    while (front.length > 1 && !bends(points, front.at(-2)!, front.at(-1)!, i)) front.pop();
    front.push(i);
  }
  return front.reverse();
}

/** Whether the second of three points, by falling Style, lies beyond the line between the others. */
function bends(points: readonly TradeOff[], a: number, b: number, c: number): boolean {
  const [first, second, third] = [points[a]!, points[b]!, points[c]!];
  const along = (first.style - second.style) * (third.text - first.text);
  return (second.text - first.text) * (first.style - third.style) > along;
}

/**
 * A measure along a frontier at a level of Style, linear between its points. Below its lowest Style its
 * first point counts, which gives that level and more; above the highest its last one.
 *
 * @param styles Style of the frontier's points, ascending, one or more.
 * @param values The measure at the same points.
 * @param level Style.
 */
export function alongFrontier(
  styles: readonly number[],
  values: readonly number[],
  level: number,
): number {
  const next = styles.findIndex((style) => style >= level);
  if (next <= 0) return next < 0 ? values.at(-1)! : values[0]!;
  const [low, high] = [styles[next - 1]!, styles[next]!];
  const share = (level - low) / (high - low);
  return values[next - 1]! + share * (values[next]! - values[next - 1]!);
}

/**
 * Levels of Style that both frontiers reach, evenly spaced: from where the later one begins to where
 * the earlier one ends. Where they do not overlap, all levels are that end: the other one has that
 * Style and more.
 *
 * @param a Style of a frontier's points, ascending.
 * @param b Style of the other's.
 * @param count Two or more.
 */
export function commonLevels(a: readonly number[], b: readonly number[], count: number): number[] {
  const high = Math.min(a.at(-1)!, b.at(-1)!);
  const low = Math.min(high, Math.max(a[0]!, b[0]!));
  return Array.from({ length: count }, (_, i) => low + (high - low) * i / (count - 1));
}
