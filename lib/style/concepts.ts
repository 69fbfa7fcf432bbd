import { shown } from "../io/shown.ts";
import { nounPhrases } from "./noun_phrases.ts";

/** A reference's caption taken apart (FineStyle's first step, method.md 1.3). */
export interface Decomposition {
  /** The full training prompt, which names the style. */
  readonly caption: string;
  /** Foreground subjects, as phrases of the caption: "woman", "a pot of plant with spindle leaves". */
  readonly subjects: readonly string[];
  /** Background attributes, as phrases of the caption: "white background". */
  readonly backgrounds: readonly string[];
  /** The style phrase, without "in" and "style": "flat cartoon vector art". */
  readonly style: string;
}

/** What the user knows better than the parser. */
export interface DecomposeOptions {
  /** The style phrase, where the caption does not end with "in ... style" or should not decide. */
  readonly style?: string;
  /** Phrases to take instead of those found; each must stand in the caption. */
  readonly override?: Partial<Pick<Decomposition, "subjects" | "backgrounds">>;
}

/** Longest caption accepted, in characters. */
export const MAX_CAPTION = 1000;

/**
 * Takes a caption apart into subjects, backgrounds and style phrase. EmojiWorld's grammar
 * is read exactly; any other sentence through compromise's word classes.
 *
 * @throws {SyntaxError} if the caption is empty, has control characters, names no style or no concept
 * @throws {RangeError} if it is too long, or an overriding phrase does not stand in it
 */
export function decompose(caption: string, options: DecomposeOptions = {}): Decomposition {
  const text = checkedCaption(caption);
  const [content, style] = splitStyle(text, options.style);
  const found = readEmojiWorld(content) ?? readSentence(content);
  const subjects = options.override?.subjects ?? found.subjects;
  const backgrounds = options.override?.backgrounds ?? found.backgrounds;
  for (const phrase of [...subjects, ...backgrounds]) checkPhrase(phrase, text);
  if (subjects.length + backgrounds.length === 0) {
    throw new SyntaxError(`Cannot find a concept in the caption "${shown(text)}"`);
  }
  const named = text.toLowerCase().includes(style.toLowerCase());
  const full = named ? text : `${text.replace(/[\s.,;!]+$/, "")}, in ${style} style`;
  return { caption: full, subjects, backgrounds, style };
}

/** Control characters, half characters, line separators, and marks that turn writing around. */
const UNSEEN = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** Something must be said, and "a cat, in a style" says nothing. */
function isStyle(phrase = ""): boolean {
  return /[\p{L}\p{N}\p{S}]/u.test(phrase) && !/^(?:in|(?:in )?(?:an?|the))$/i.test(phrase);
}

/** The caption with single spaces, or an error that says what is wrong with it. */
function checkedCaption(caption: string): string {
  if (typeof caption !== "string") {
    throw new TypeError(`Cannot read the caption: want a text, found ${typeof caption}`);
  }
  if (caption.length > MAX_CAPTION) {
    throw new RangeError(
      `Cannot read the caption: it has ${caption.length} characters, at most ${MAX_CAPTION} are read`,
    );
  }
  const text = caption.replace(/[\t\r\n\p{Zs}]+/gu, " ").trim();
  if (text === "") throw new SyntaxError("Cannot read the caption: it is empty");
  const control = text.match(UNSEEN)?.[0];
  if (control !== undefined) {
    const code = control.charCodeAt(0).toString(16).padStart(4, "0");
    throw new SyntaxError(`Cannot read the caption: it has the control character U+${code}`);
  }
  return text;
}

/** The last "in" decides: "a woman in a red dress in oil painting style". */
const STYLE_ENDS = [
  String.raw`^(.*?)[,.;]?\s*\bin (?:(?:an?|the) )?((?:(?!\bin\b).)+?) style`,
  String.raw`^(.*?)[,.;]?\s*\bin (?:the )?style of (.+?)`,
  String.raw`^(.*)[,.;]\s*([^,.;]+?) style`,
].map((pattern) => new RegExp(String.raw`${pattern}[\s.,;!]*$`, "i"));

function styleEnd(text: string): RegExpMatchArray | null | undefined {
  return STYLE_ENDS.map((pattern) => text.match(pattern)).find((match) => isStyle(match?.[2]));
}

/** A prompt without its style phrase: "a cat" of "a cat, in sticker style"; as it is if it has none. */
export function withoutStyle(prompt: string): string {
  return styleEnd(prompt)?.[1] || prompt;
}

/** [content, style phrase]: "..., in X style", "... in the style of X", "..., X style". */
function splitStyle(text: string, given?: string): [content: string, style: string] {
  const match = styleEnd(text);
  if (given !== undefined) {
    const style = checkedCaption(given);
    if (!isStyle(style)) {
      throw new SyntaxError(
        `Cannot find the style in "${shown(style)}", the caption's style phrase`,
      );
    }
    if (match?.[2]?.toLowerCase() === style.toLowerCase()) return [match[1]!, style];
    return [removeTail(text, style), style];
  }
  if (!match) {
    throw new SyntaxError(
      `Cannot find the style in the caption "${
        shown(text)
      }": end it with "in ... style" or give the ` +
        "style phrase",
    );
  }
  return [match[1]!, match[2]!];
}

/** The text without a style phrase at its end, whatever words join the two. */
function removeTail(text: string, style: string): string {
  const at = text.toLowerCase().lastIndexOf(style.toLowerCase());
  return at < 0 ? text : text.slice(0, at).replace(/[\s,.;]*(?:\bin)?(?: (?:an?|the))?\s*$/i, "");
}

type Concepts = Pick<Decomposition, "subjects" | "backgrounds">;

const EMOJI_WORLD = new RegExp(
  "^an? (?<subject>[^,]+?)" +
    "(?: (?:to the (?:left|right) of|above|below|in front of|next to)" +
    " an? (?:small )?(?<object>[^,]+?))?" +
    " on an? (?<background>[a-z ]+ background)(?: with (?<decoration>[a-z ]+))?$",
);
const PATTERNS = /^(?:(?:plain|striped|dotted|checkered|gradient|grassy) )?[a-z]+ background$/;

/** The concepts of an EmojiWorld caption, or undefined where the grammar does not fit. */
function readEmojiWorld(content: string): Concepts | undefined {
  const { subject, object, background, decoration } = content.match(EMOJI_WORLD)?.groups ?? {};
  if (!subject || !background || !PATTERNS.test(background)) return undefined;
  // "a woman working on a white background" fits the pattern and is no scene
  const words = /\b(?:an?|with|of|and|on|in|to)\b| \w+ing\b/;
  if (words.test(subject) || words.test(object ?? "")) return undefined;
  const subjects = [subject, object].filter((phrase) => phrase !== undefined);
  return { subjects, backgrounds: decoration ? [background, decoration] : [background] };
}

/** Nouns that make a phrase part of the background. */
const BACKGROUND_NOUNS = new Set(
  ("background backdrop circle square rectangle triangle oval shape gradient pattern texture stripe dot " +
    "border frame sky wall floor ground horizon scenery").split(" "),
);
const FRAMES =
  /^(?:(?:an?|the) )?(?:\w+ )?(?:photo|photograph|picture|image|illustration|drawing|painting|sketch|rendering) of /i;

/** The concepts of any other sentence. */
function readSentence(content: string): Concepts {
  return sortConcepts(
    nounPhrases(content.replace(FRAMES, "")).flatMap(splitBackground).map(bare),
  );
}

/** Phrases parted into subjects and backgrounds by their head nouns. */
export function sortConcepts(phrases: readonly string[]): Concepts {
  const unique = [...new Set(phrases)];
  return {
    subjects: unique.filter((phrase) => !isBackground(phrase)),
    backgrounds: unique.filter(isBackground),
  };
}

/** "white background with stars" is two concepts, "a plant with leaves" one. */
function splitBackground(phrase: string): string[] {
  const at = phrase.indexOf(" with ");
  if (at < 0 || !isBackground(phrase.slice(0, at))) return [phrase];
  return [phrase.slice(0, at), phrase.slice(at + " with ".length)];
}

/** The published lists drop the article of one or two words and keep it before longer phrases. */
function bare(phrase: string): string {
  const rest = phrase.replace(/^(?:an?|the) /, "");
  return rest.split(" ").length <= 2 ? rest : phrase;
}

/** Decided by the head noun, the last one before "of" or "with". */
function isBackground(phrase: string): boolean {
  const head = phrase.split(/ (?:of|with) /)[0]!.split(" ").at(-1)!;
  return BACKGROUND_NOUNS.has(head) || BACKGROUND_NOUNS.has(head.replace(/s$/, ""));
}

function checkPhrase(phrase: string, text: string): void {
  const words = ` ${text.toLowerCase().replace(/[^\p{L}\p{N}'-]+/gu, " ")} `;
  const wanted = phrase.toLowerCase().replace(/[^\p{L}\p{N}'-]+/gu, " ").trim();
  if (wanted === "" || !words.includes(` ${wanted} `)) {
    throw new RangeError(
      `Cannot use the concept "${shown(phrase)}": it does not stand in the caption "${
        shown(text)
      }"`,
    );
  }
}
