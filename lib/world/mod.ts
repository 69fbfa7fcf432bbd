/**
 * EmojiWorld: captioned scenes in many art styles with exact regions, built from npm packages alone.
 *
 * @example
 * ```ts
 * import { Random } from "../engine/random.ts";
 * import { captionOf, sampleScene, TRAINED_STYLES } from "./mod.ts";
 * const scene = sampleScene(new Random(1), { styles: TRAINED_STYLES, objects: 2, split: "train" });
 * console.log(captionOf(scene));
 * ```
 *
 * @module
 */
export {
  captionOf,
  type ConceptPhrases,
  conceptsOf,
  vocabularyWords,
  wordsOutsideCaptions,
} from "./captions.ts";
export { type Category, type Concept, conceptNamed, CONCEPTS } from "./concepts.ts";
export { type Box, type Standing, standingIn } from "./layout.ts";
export { evaluationPrompts, referenceScene } from "./references.ts";
export { sampleScene, type SceneOptions } from "./sampling.ts";
export {
  type Colour,
  COLOURS,
  type Decoration,
  DECORATIONS,
  type Pattern,
  PATTERNS,
  type Relation,
  RELATIONS,
  type RenderedScene,
  type Scene,
  SCENE_SIZE,
} from "./scene.ts";
export { isHeldOutCell, isHeldOutPair, type Split } from "./splits.ts";
export { FEATURE_WORDS } from "./filters/unnamed.ts";
export {
  featuresOf,
  HELD_OUT_STYLES,
  isUnnamed,
  SETTING_STYLES,
  showsColour,
  TRAINED_STYLES,
  unnamedStyle,
} from "./styles.ts";
export { openWorld, type World, type WorldOptions } from "./world.ts";
