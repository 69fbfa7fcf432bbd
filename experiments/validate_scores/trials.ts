import { Random } from "../../lib/engine/random.ts";
import {
  type Colour,
  COLOURS,
  CONCEPTS,
  DECORATIONS,
  HELD_OUT_STYLES,
  PATTERNS,
  sampleScene,
  type Scene,
  TRAINED_STYLES,
} from "../../lib/world/mod.ts";
import { recordText } from "../pretrain/pool.ts";

/** All styles, the held-out ones last. */
export const STYLES: readonly string[] = [...TRAINED_STYLES, ...HELD_OUT_STYLES];

/** One independent unit of the validation: a reference, and a prompt that names nothing of it. */
export interface Trial {
  /** The style of both, a held-out one. */
  readonly style: string;
  /** Other styles, any of the world's. */
  readonly others: readonly [string, ...string[]];
  readonly reference: Scene & { readonly object: string };
  /** One or, in every third trial, two concepts; no decoration. */
  readonly prompt: Scene;
  /** Where something is pasted: bit 0 right, bit 1 bottom. */
  readonly corner: number;
}

/** Other styles per trial. */
const OTHERS = 3;

/**
 * Draws trials from the test split, as many in each held-out style.
 *
 * @param perStyle Trials in each style.
 * @param seed Draws everything; the first trials of a longer list are the same.
 * @param seen Records of scenes that no trial may show, as `recordsOf` gives them.
 * @param styles Held-out styles.
 */
export function drawTrials(
  perStyle: number,
  seed: number,
  seen: ReadonlySet<string>,
  styles: readonly string[] = HELD_OUT_STYLES,
): Trial[] {
  return styles.flatMap((style) =>
    Array.from({ length: perStyle }, (_, i) => {
      const random = new Random(seed).split("trial").split(`${style} ${i}`);
      const others = pickDistinct(random, STYLES.filter((name) => name !== style), OTHERS);
      const shown = [style, ...others];
      const reference = unseen(seen, shown, () => ({
        ...sampleScene(random, { styles: [style], objects: 2, split: "test" }),
        decoration: random.pick(DECORATIONS.slice(1)),
      })) as Trial["reference"];
      const concepts = CONCEPTS.map((concept) => concept.name)
        .filter((name) => name !== reference.subject && name !== reference.object);
      const objects = i % 3 === 2 ? 2 : 1;
      const prompt = unseen(seen, shown, () => ({
        ...sampleScene(random, {
          ...{ styles: [style], objects, decorations: false, split: "test", concepts },
        }),
        pattern: otherThan(random, PATTERNS, reference.pattern),
        colour: otherThan(random, Object.keys(COLOURS) as Colour[], reference.colour),
      }));
      return {
        ...{ style, reference, prompt, corner: random.below(4) },
        others: others as unknown as Trial["others"],
      };
    })
  );
}

/** `n` scenes of one concept of the test split in a style, none of them seen. */
export function drawScenes(
  n: number,
  style: string,
  random: Random,
  seen: ReadonlySet<string>,
): Scene[] {
  const options = { styles: [style], objects: 1, decorations: false, split: "test" } as const;
  return Array.from({ length: n }, () => unseen(seen, [style], () => sampleScene(random, options)));
}

/** One of the values other than a given one. */
export function otherThan<T>(random: Random, values: readonly T[], taken: T): T {
  return random.pick(values.filter((value) => value !== taken));
}

/** `n` different values. */
export function pickDistinct<T>(random: Random, values: readonly T[], n: number): T[] {
  return random.shuffle(values).slice(0, n);
}

/** Draws until no training saw the scene in any of the styles. */
function unseen(seen: ReadonlySet<string>, styles: readonly string[], draw: () => Scene): Scene {
  let scene: Scene;
  do scene = draw(); while (styles.some((style) => seen.has(recordText({ ...scene, style }))));
  return scene;
}
