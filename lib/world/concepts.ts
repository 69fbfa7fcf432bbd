/**
 * The drawable nouns of EmojiWorld: a data file, nothing else.
 *
 * Each noun is drawn by every art source in `sources.ts` (a test verifies it), is told apart from
 * the others at 64 pixels, and shares no word with a colour, a pattern or a style phrase.
 */

/** One noun: its name in captions, its PartiPrompts-like category and its Unicode codepoint. */
export interface Concept {
  /** One or two lower-case words, singular. */
  readonly name: string;
  /** The category, in the manner of PartiPrompts. */
  readonly category: Category;
  /** Lower-case hexadecimal codepoint, without variation selectors. */
  readonly codepoint: string;
}

/** The categories of {@linkcode CONCEPTS}. */
export type Category =
  | "animals"
  | "produce and plants"
  | "food and beverage"
  | "vehicles"
  | "buildings"
  | "artifacts";

const NAMES: Readonly<Record<Category, Readonly<Record<string, string>>>> = {
  "animals": {
    "monkey": "1f435",
    "dog": "1f436",
    "cat": "1f431",
    "fox": "1f98a",
    "lion": "1f981",
    "tiger": "1f405",
    "horse": "1f40e",
    "unicorn": "1f984",
    "cow": "1f42e",
    "pig": "1f437",
    "sheep": "1f411",
    "goat": "1f410",
    "camel": "1f42a",
    "elephant": "1f418",
    "mouse": "1f42d",
    "rabbit": "1f430",
    "bear": "1f43b",
    "koala": "1f428",
    "panda": "1f43c",
    "chipmunk": "1f43f",
    "rooster": "1f413",
    "chick": "1f424",
    "penguin": "1f427",
    "frog": "1f438",
    "crocodile": "1f40a",
    "turtle": "1f422",
    "snake": "1f40d",
    "whale": "1f433",
    "dolphin": "1f42c",
    "fish": "1f420",
    "blowfish": "1f421",
    "octopus": "1f419",
    "seashell": "1f41a",
    "snail": "1f40c",
    "caterpillar": "1f41b",
    "ant": "1f41c",
    "bee": "1f41d",
  },
  "produce and plants": {
    "bouquet": "1f490",
    "hibiscus": "1f33a",
    "sunflower": "1f33b",
    "tulip": "1f337",
    "rose": "1f339",
    "palm tree": "1f334",
    "christmas tree": "1f384",
    "cactus": "1f335",
    "clover": "1f340",
    "seedling": "1f331",
    "mushroom": "1f344",
    "watermelon": "1f349",
    "tangerine": "1f34a",
    "lemon": "1f34b",
    "apple": "1f34e",
    "pear": "1f350",
    "cherry": "1f352",
    "strawberry": "1f353",
    "tomato": "1f345",
    "pumpkin": "1f383",
  },
  "food and beverage": {
    "bread": "1f35e",
    "drumstick": "1f357",
    "burger": "1f354",
    "pizza": "1f355",
    "rice ball": "1f359",
    "ice cream": "1f366",
    "doughnut": "1f369",
    "cookie": "1f36a",
    "birthday cake": "1f382",
    "pudding": "1f36e",
    "honey pot": "1f36f",
    "beer mug": "1f37a",
    "tropical drink": "1f379",
    "spaghetti": "1f35d",
  },
  "vehicles": {
    "train": "1f682",
    "bus": "1f68c",
    "fire engine": "1f692",
    "car": "1f697",
    "truck": "1f69a",
    "tractor": "1f69c",
    "bicycle": "1f6b2",
    "sailboat": "26f5",
    "speedboat": "1f6a4",
    "airplane": "2708",
    "helicopter": "1f681",
    "rocket": "1f680",
  },
  "buildings": {
    "castle": "1f3f0",
    "hospital": "1f3e5",
    "house": "1f3e1",
    "circus tent": "1f3aa",
  },
  "artifacts": {
    "anchor": "2693",
    "balloon": "1f388",
    "basketball": "1f3c0",
    "bell": "1f514",
    "bomb": "1f4a3",
    "book": "1f4d6",
    "briefcase": "1f4bc",
    "crown": "1f451",
    "crystal ball": "1f52e",
    "dress": "1f457",
    "ghost": "1f47b",
    "gift": "1f381",
    "graduation cap": "1f393",
    "guitar": "1f3b8",
    "hourglass": "231b",
    "lantern": "1f3ee",
    "microscope": "1f52c",
    "palette": "1f3a8",
    "ring": "1f48d",
    "robot": "1f916",
    "skull": "1f480",
    "sneaker": "1f45f",
    "snowman": "26c4",
    "telephone": "260e",
    "television": "1f4fa",
    "trumpet": "1f3ba",
    "umbrella": "2602",
    "backpack": "1f392",
    "boot": "1f462",
    "lipstick": "1f484",
    "saxophone": "1f3b7",
    "flashlight": "1f526",
    "magnifier": "1f50d",
  },
};

/** The 120 concepts, grouped by category. */
export const CONCEPTS: readonly Concept[] = Object.entries(NAMES).flatMap(([category, names]) =>
  Object.entries(names).map(([name, codepoint]) => ({
    name,
    category: category as Category,
    codepoint,
  }))
);

const byName = new Map(CONCEPTS.map((concept) => [concept.name, concept]));

/**
 * The concept with a given name.
 *
 * @throws {RangeError} if no concept has that name
 */
export function conceptNamed(name: string): Concept {
  const concept = byName.get(name);
  if (!concept) throw new RangeError(`Cannot find concept "${name}": EmojiWorld has no such noun`);
  return concept;
}
