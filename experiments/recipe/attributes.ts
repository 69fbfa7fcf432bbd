import { type Image, resizeImage } from "../../lib/io/image.ts";
import { HEAD_CLASSES, type Judge, type Place, type Reading } from "../../lib/score/judge.ts";
import { DEFAULT_THRESHOLDS } from "../../lib/score/leakage.ts";
import { nearestBackground } from "../../lib/score/pattern.ts";
import {
  type Pattern,
  PATTERNS,
  type Relation,
  type Scene,
  SCENE_SIZE,
  type World,
} from "../../lib/world/mod.ts";

/** What a prompt can ask for. */
export type Attribute = "subject" | "object" | "relation" | "colour" | "pattern" | "decoration";

/** What is seen of a picture that was drawn for a scene. */
export interface Sight {
  readonly reading: Reading;
  readonly pattern: Pattern;
  /** Where the scene's concepts are found, if they are there. */
  readonly subjectAt: Place;
  readonly objectAt: Place;
}

/**
 * Looks at pictures: the judge's heads name concepts, colour and decoration and tell where concepts are;
 * the pattern is told by the pixels of the background (`nearestBackground`).
 *
 * @param scenes What each picture was drawn for.
 */
export async function look(
  { judge, world }: { readonly judge: Judge; readonly world: World },
  images: readonly Image[],
  scenes: readonly Scene[],
): Promise<Sight[]> {
  const readings = await judge.read(images);
  const placesOf = (name: (scene: Scene) => string) =>
    judge.locate(images, scenes.map((scene) => HEAD_CLASSES.concepts.indexOf(name(scene))));
  const subjects = await placesOf(({ subject }) => subject);
  const objects = await placesOf(({ subject, object }) => object ?? subject);
  return images.map((image, i) => ({
    reading: readings[i]!,
    pattern: patternOf(world, image, scenes[i]!),
    subjectAt: subjects[i]!,
    objectAt: objects[i]!,
  }));
}

/** The pattern of a picture that was drawn for a scene. */
export function patternOf(world: World, image: Image, scene: Scene): Pattern {
  const small = resizeImage(image, SCENE_SIZE, SCENE_SIZE);
  const renderings = PATTERNS.map((pattern) => world.render({ ...scene, pattern }));
  return PATTERNS[nearestBackground(small, renderings)]!;
}

/**
 * Whether a picture shows what its scene asks for; heads count from the thresholds of leakage on.
 *
 * @param other The other prompt of a pair: where the scene has no second object, it is this one's that
 *   must be missing.
 * @throws {RangeError} if the relation is none of left, right, above and below
 */
export function shows(attribute: Attribute, scene: Scene, sight: Sight, other = scene): boolean {
  const { reading, pattern } = sight;
  switch (attribute) {
    case "subject":
      return finds(reading, "concepts", scene.subject);
    case "object":
      return scene.object === undefined
        ? other.object === undefined || !finds(reading, "concepts", other.object)
        : finds(reading, "concepts", scene.object);
    case "relation":
      return shows("subject", scene, sight) && shows("object", scene, sight) &&
        stands(scene.relation, sight);
    case "pattern":
      return pattern === scene.pattern;
    default:
      return finds(reading, attribute, scene[attribute]);
  }
}

function finds(reading: Reading, head: "concepts" | "colour" | "decoration", name: string) {
  const classes: readonly string[] = HEAD_CLASSES[head];
  return reading[head][classes.indexOf(name)]! >= DEFAULT_THRESHOLDS[head];
}

/** Whether the subject stands to the object as it should. */
function stands(relation: Relation | undefined, { subjectAt, objectAt }: Sight): boolean {
  switch (relation) {
    case "to the left of":
      return subjectAt.x < objectAt.x;
    case "to the right of":
      return subjectAt.x > objectAt.x;
    case "above":
      return subjectAt.y < objectAt.y;
    case "below":
      return subjectAt.y > objectAt.y;
    default:
      throw new RangeError(
        `Cannot look for "${relation}": want to the left of, to the right of, above or below`,
      );
  }
}

/** What a scene asks for, in a word or two; what it leaves out is called so. */
export function wordsOf(attribute: Attribute, scene: Scene): string {
  if (attribute === "relation") return scene.relation ?? "alone";
  if (attribute === "object") return scene.object ?? "left out";
  const value = scene[attribute];
  return value === "none" ? "left out" : value;
}
