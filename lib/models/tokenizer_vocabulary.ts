/** CLIP's split of a text into words, single digits and runs of signs. */
const CLIP_PATTERN = String
  .raw`'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`;
const START = "<|startoftext|>";
const END = "<|endoftext|>";
const WORD_END = "</w>";

/** The content of a tokenizer folder: what transformers (Python and JS) and diffusers read. */
export type TokenizerFiles = Record<
  "tokenizer.json" | "tokenizer_config.json" | "special_tokens_map.json" | "vocab.json",
  object
>;

/**
 * Builds a tokenizer of CLIP's kind, a byte-pair encoding (Sennrich et al., 2016) learned until each
 * given word is one token. Other words fall into the pieces learned on the way and, at worst, into
 * bytes: nothing is ever unknown.
 *
 * CLIP cuts a word at digits, hyphens and apostrophes first, so "cross-stitch" becomes three tokens.
 *
 * @param words In any order and case, repeats allowed: the result depends on their set alone.
 * @param length Tokens per prompt, padding included.
 */
export function buildTokenizer(words: readonly string[], length = 77): TokenizerFiles {
  const alphabet = byteCharacters();
  const merges = learnMerges(clipWords(words).map((word) => bytesOf(word, alphabet)));
  const letters = [...alphabet].sort((a, b) => (a < b ? -1 : 1));
  const vocabulary = [
    ...letters,
    ...letters.map((letter) => letter + WORD_END),
    ...new Set(merges.map(([left, right]) => left + right)),
    START,
    END,
  ];
  const ids = Object.fromEntries(vocabulary.map((token, id) => [token, id]));
  const special = { bos_token: START, eos_token: END, pad_token: END, unk_token: END };
  return {
    "tokenizer.json": tokenizerJson(ids, merges),
    "tokenizer_config.json": {
      ...special,
      tokenizer_class: "CLIPTokenizer",
      model_max_length: length,
      do_lower_case: true,
      add_prefix_space: false,
      errors: "replace",
    },
    "special_tokens_map.json": special,
    "vocab.json": ids,
  };
}

/** The distinct words that CLIP's split finds in a list, in a fixed order. */
export function clipWords(texts: readonly string[]): string[] {
  const found = new Set<string>();
  for (const text of texts) {
    const plain = text.normalize("NFC").toLowerCase();
    for (const [word] of plain.matchAll(new RegExp(CLIP_PATTERN, "gu"))) found.add(word);
  }
  return [...found].sort((a, b) => (a < b ? -1 : 1)); // by code unit: the same everywhere
}

/** GPT-2's printable character for each byte: 33 stays "!", 0 becomes "Ā". */
function byteCharacters(): string[] {
  let next = 256;
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  return Array.from(
    { length: 256 },
    (_, byte) => String.fromCharCode(printable(byte) ? byte : next++),
  );
}

/** A word as byte characters, the last one marked as the word's end. */
function bytesOf(word: string, alphabet: readonly string[]): string[] {
  const symbols = [...new TextEncoder().encode(word)].map((byte) => alphabet[byte] as string);
  symbols.push((symbols.pop() as string) + WORD_END);
  return symbols;
}

/** Merges the commonest neighbours (ties: the first by code unit) until each word is one symbol. */
function learnMerges(words: string[][]): [string, string][] {
  const merges: [string, string][] = [];
  for (;;) {
    const counts = countPairs(words);
    if (!counts.size) return merges;
    let best = "", most = 0;
    for (const [pair, count] of counts) {
      if (count > most || (count === most && pair < best)) [best, most] = [pair, count];
    }
    const [left, right] = best.split(" ") as [string, string];
    merges.push([left, right]);
    for (const word of words) merge(word, left, right);
  }
}

/** How often each pair of neighbours "left right" occurs; no symbol contains a space. */
function countPairs(words: readonly string[][]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) {
    for (let i = 1; i < word.length; i++) {
      const pair = `${word[i - 1]} ${word[i]}`;
      counts.set(pair, (counts.get(pair) ?? 0) + 1);
    }
  }
  return counts;
}

/** Joins each `left right` of a word in place, from the left. */
function merge(word: string[], left: string, right: string): void {
  for (let i = 0; i + 1 < word.length; i++) {
    if (word[i] === left && word[i + 1] === right) word.splice(i, 2, left + right);
  }
}

/**
 * The pipeline of CLIP's own `tokenizer.json` around a vocabulary.
 *
 * @param ids The content of `vocab.json`.
 * @param merges The pairs of `merges.txt`, in order.
 */
export function tokenizerJson(
  ids: Readonly<Record<string, number>>,
  merges: readonly (readonly [string, string])[],
): object {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true };
  const added = [START, END].map((content) => ({
    id: ids[content],
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "NFC" },
        { type: "Replace", pattern: { Regex: String.raw`\s+` }, content: " " },
        { type: "Lowercase" },
      ],
    },
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "Split", pattern: { Regex: CLIP_PATTERN }, behavior: "Removed", invert: true },
        byteLevel,
      ],
    },
    post_processor: {
      type: "RobertaProcessing",
      sep: [END, ids[END]],
      cls: [START, ids[START]],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { ...byteLevel, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: END,
      continuing_subword_prefix: "",
      end_of_word_suffix: WORD_END,
      fuse_unk: false,
      vocab: ids,
      merges: merges.map((pair) => pair.join(" ")),
    },
  };
}
