import type { Pattern, Scene } from "../../lib/world/mod.ts";

/** What of a reference is switched on and off. */
export const SWITCHES = ["object", "decoration", "pattern"] as const;

/** One of {@linkcode SWITCHES}. */
export type Switch = typeof SWITCHES[number];

/** A reference with some of its concepts. */
export interface Variant {
  readonly name: string;
  /** What is taken out of the whole reference. */
  readonly without: readonly Switch[];
  readonly scene: Scene;
}

/** The whole reference, without each of the switched concepts, and without all of them. */
export function variantsOf(reference: Scene): Variant[] {
  const variant = (name: string, without: readonly Switch[]): Variant => ({
    ...{ name, without, scene: removed(reference, without) },
  });
  return [
    variant("whole", []),
    ...SWITCHES.map((name) => variant(`no ${name}`, [name])),
    variant("subject alone", SWITCHES),
  ];
}

/** A scene without some of its concepts; a background without pattern is plain. */
export function removed(scene: Scene, without: readonly Switch[]): Scene {
  const { relation, object, ...rest } = scene;
  const keep = (name: Switch) => !without.includes(name);
  const pattern: Pattern = keep("pattern") ? scene.pattern : "plain";
  return {
    ...rest,
    ...(keep("object") && relation && object ? { relation, object } : {}),
    pattern,
    decoration: keep("decoration") ? scene.decoration : "none",
  };
}
