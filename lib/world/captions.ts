/**
 * The caption grammar: a scene in words, and the phrases that name its concepts.
 *
 * ```
 * caption := SUBJECT [relation OBJECT] "on a" [PATTERN] [COLOUR] "background"
 *            ["with" DECORATION] ", in" STYLE "style"
 * ```
 * The pattern is left out when it is plain and a colour is named; the colour is left out in styles
 * that overwrite the background.
 */
import { CONCEPTS } from "./concepts.ts";
import { COLOURS, DECORATIONS, PATTERNS, RELATIONS, type Scene } from "./scene.ts";
import { FEATURE_WORDS } from "./filters/unnamed.ts";
import { HELD_OUT_STYLES, SETTING_STYLES, styleNamed, TRAINED_STYLES } from "./styles.ts";

/** `phrase` behind its indefinite article. */
function withArticle(phrase: string): string {
  const vowel = /^[aeio]|^u(?!ni)/.test(phrase); // "a unicorn", "an umbrella"
  return `${vowel ? "an" : "a"} ${phrase}`;
}

function backgroundPhrase(scene: Scene): string {
  const colour = styleNamed(scene.style).showsColour ? [scene.colour] : [];
  const pattern = scene.pattern === "plain" && colour.length > 0 ? [] : [scene.pattern];
  return [...pattern, ...colour, "background"].join(" ");
}

function objectPhrase(scene: Scene): string {
  if (scene.object === undefined || scene.relation === undefined) return "";
  const small = scene.relation === "next to a small";
  return ` ${scene.relation} ${small ? scene.object : withArticle(scene.object)}`;
}

/**
 * The caption of a scene, such as
 * `a cat to the left of a house on a striped blue background with stars, in pixel art style`.
 *
 * @throws {RangeError} if the style is unknown
 */
export function captionOf(scene: Scene): string {
  const decoration = scene.decoration === "none" ? "" : ` with ${scene.decoration}`;
  return `${withArticle(scene.subject)}${objectPhrase(scene)} on ` +
    `${withArticle(backgroundPhrase(scene))}${decoration}, in ${scene.style} style`;
}

/** The phrases of a caption that name its concepts, verbatim. */
export interface ConceptPhrases {
  /** The subject and, if there is one, the object: `["cat", "house"]`. */
  readonly subjects: string[];
  /** The background and, if there is one, the decoration: `["striped blue background", "stars"]`. */
  readonly backgrounds: string[];
  /** The style phrase without the word "style". */
  readonly style: string;
}

/**
 * The concept phrases of a scene as they stand in its caption.
 *
 * @throws {RangeError} if the style is unknown
 */
export function conceptsOf(scene: Scene): ConceptPhrases {
  return {
    subjects: scene.object === undefined ? [scene.subject] : [scene.subject, scene.object],
    backgrounds: scene.decoration === "none"
      ? [backgroundPhrase(scene)]
      : [backgroundPhrase(scene), scene.decoration],
    style: scene.style,
  };
}

/** Words of ordinary prompts that no caption contains, so that a vocabulary built here reads them. */
const PROMPT_WORDS = `the and or of at by for from into over under behind beside inside near between
  is are with without no not two three one many some big large tiny long short round old new bright
  dark light colourful colorful beautiful cute simple black gold silver golden pattern photo picture
  image drawing art style scene object objects animal animals flower tree leaf leaves fruit food
  vehicle building sky sea water grass snow night day wall floor table person man woman child face
  head eye hand wearing holding sitting standing flying running swimming sleeping looking purse shoe
  wine cup glass bowl chair lamp window door street city village mountain mountains river forest
  garden flowers trees drip drips melting`.split(/\s+/);

/** Phrases that captions are made of, held-out styles included. */
const CAPTION_PHRASES: readonly string[] = [
  ...CONCEPTS.map((concept) => concept.name),
  ...Object.keys(COLOURS),
  ...PATTERNS,
  ...DECORATIONS,
  ...RELATIONS,
  ...TRAINED_STYLES,
  ...HELD_OUT_STYLES,
  ...SETTING_STYLES,
  ...FEATURE_WORDS,
  "a an on background with in style",
];

const wordsOf = (phrases: readonly string[]) =>
  new Set(phrases.flatMap((phrase) => phrase.split(" ")));

/**
 * Every word that a caption can contain, held-out styles included, plus common prompt words:
 * lower-case, without commas, unique, sorted.
 */
export function vocabularyWords(): string[] {
  return [...wordsOf([...CAPTION_PHRASES, ...PROMPT_WORDS])].sort();
}

/** The words of the vocabulary that no caption contains, sorted. */
export function wordsOutsideCaptions(): string[] {
  return [...wordsOf(PROMPT_WORDS).difference(wordsOf(CAPTION_PHRASES))].sort();
}
