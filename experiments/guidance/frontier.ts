/** A point of a trade-off; more of both is better. */
export interface TradeOff {
  readonly style: number;
  readonly text: number;
}

/**
 * The Pareto front: the points that no other one reaches or exceeds in both measures. Of equal points
 * the first one counts.
 *
 * @returns Their places, by rising Style and so by falling Text; none for no points.
 */
export function paretoFront(points: readonly TradeOff[]): number[] {
  const order = points.map((_, i) => i).sort((a, b) =>
    points[b]!.style - points[a]!.style || points[b]!.text - points[a]!.text || a - b
  );
  let best = -Infinity;
  const front = order.filter((i) => {
    if (points[i]!.text <= best) return false;
    best = points[i]!.text;
    return true;
  });
  return front.reverse();
}

/**
 * A measure along a front at a level of Style, linear between its points. Below the lowest Style of the
 * front its first point counts, which gives that level and more; above the highest its last one.
 *
 * @param styles Style of the front's points, ascending, one or more.
 * @param values The measure at the same points.
 * @param level Style.
 */
export function alongFront(
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
 * Levels of Style that both fronts reach, evenly spaced: from where the later front begins to where
 * the earlier one ends. Where they do not overlap, all levels are that end: the other front has that
 * Style and more.
 *
 * @param a Style of a front's points, ascending.
 * @param b Style of the other's.
 * @param count Two or more.
 */
export function commonLevels(a: readonly number[], b: readonly number[], count: number): number[] {
  const high = Math.min(a.at(-1)!, b.at(-1)!);
  const low = Math.min(high, Math.max(a[0]!, b[0]!));
  return Array.from({ length: count }, (_, i) => low + (high - low) * i / (count - 1));
}
