/** The paper's sub-prompt (method.md 1.3). */
export const PAPER_TEMPLATE = "{concept} in {style} style";

/** The sub-prompt in the grammar of EmojiWorld's captions: "a cat, in sticker style". */
export const EMOJI_WORLD_TEMPLATE = "{a concept}, in {style} style";

/**
 * The prompt of one concept: `{concept}` is the phrase as it stands in the caption, `{a concept}` the
 * phrase behind its indefinite article where it is singular and has none, `{style}` the style phrase.
 *
 * @throws {SyntaxError} if the template names neither concept, no style, or something else
 */
export function fillTemplate(template: string, concept: string, style: string): string {
  const values: Record<string, string> = { concept, "a concept": withArticle(concept), style };
  const used = new Set<string>();
  const text = template.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    used.add(name);
    if (values[name] !== undefined) return values[name];
    throw new SyntaxError(
      `Cannot fill the template "${template}": {${name}} is none of {concept}, {a concept}, {style}`,
    );
  });
  if (!used.has("style") || !(used.has("concept") || used.has("a concept"))) {
    throw new SyntaxError(
      `Cannot fill the template "${template}": want {concept} and {style} in it`,
    );
  }
  return text;
}

/** "an apple", "a unicorn"; plurals and phrases with an article or number stay as they are. */
export function withArticle(phrase: string): string {
  const [first = ""] = phrase.split(" ");
  if (/^(?:an?|the|two|three|four|five|six|several|many|some|[0-9]+)$/i.test(first)) return phrase;
  const head = phrase.split(/ (?:of|with) /)[0]!;
  if (/[^su]s$/i.test(head)) return phrase;
  return /^(?:[aeio]|u(?!ni))/i.test(phrase) ? `an ${phrase}` : `a ${phrase}`;
}
