import { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { readJson } from "../io/files.ts";
import { tokenizerJson } from "./tokenizer_vocabulary.ts";

/** The part of `tokenizer_config.json` that is read here. */
export interface TokenizerConfig {
  readonly model_max_length?: number;
  readonly pad_token?: string | { readonly content: string } | null;
}

/** Turns prompts into token ids and knows where each word of a prompt went. */
export class Tokenizer {
  /** Tokens per prompt, padding included: `T`. */
  readonly length: number;
  /** The id that fills a short prompt up. */
  readonly pad: number;
  readonly #hub: HubTokenizer;

  /**
   * @param tokenizer The content of `tokenizer.json`.
   * @param config The content of `tokenizer_config.json`.
   * @param length Replaces `model_max_length`.
   * @throws {RangeError} If the padding token has no id or the length is not a usable number.
   */
  constructor(tokenizer: object, config: TokenizerConfig, length = config.model_max_length ?? 77) {
    if (!Number.isInteger(length) || length < 2 || length > 4096) {
      throw new RangeError(`"model_max_length" is ${length} but must be an integer in [2, 4096]`);
    }
    const pad = typeof config.pad_token === "object" ? config.pad_token?.content : config.pad_token;
    this.#hub = new HubTokenizer(tokenizer, config);
    this.length = length;
    const id = this.#hub.token_to_id(pad ?? "<|endoftext|>");
    if (id === undefined) {
      throw new RangeError(`"pad_token" is "${pad}" but "tokenizer.json" has no such token`);
    }
    this.pad = id;
  }

  /** The number of different ids. */
  get size(): number {
    return this.#hub.get_vocab(true).size;
  }

  /**
   * Encodes prompts as `<start> ... <end>`, cut or padded on the right to {@linkcode length}; a cut
   * prompt keeps its end.
   *
   * @returns Ids `[B * T]`, row-major.
   */
  encode(texts: readonly string[]): Int32Array<ArrayBuffer> {
    const ids = new Int32Array(texts.length * this.length).fill(this.pad);
    texts.forEach((text, row) => {
      const all = this.#hub.encode(text).ids;
      const kept = all.slice(0, this.length);
      if (all.length > this.length) kept[this.length - 1] = all[all.length - 1] as number;
      ids.set(kept, row * this.length);
    });
    return ids;
  }

  /** The pieces of a text, without start and end: `["a</w>", "cat</w>"]`. */
  pieces(text: string): string[] {
    return this.#hub.tokenize(text, { add_special_tokens: false });
  }

  /**
   * Where a phrase stands among the tokens of a text, as whole words in any case: the first place.
   *
   * @returns Token positions `[start, end)` in a row of {@linkcode encode}.
   * @throws {RangeError} If the text does not contain the phrase, or only beyond the last token.
   */
  span(text: string, phrase: string): [number, number] {
    const whole = plain(text), part = plain(phrase);
    const all = this.pieces(whole), inner = this.pieces(part);
    for (let at = whole.indexOf(part); part && at >= 0; at = whole.indexOf(part, at + 1)) {
      const before = this.pieces(whole.slice(0, at));
      const after = this.pieces(whole.slice(at + part.length));
      // a match inside a word would cut that word's tokens
      const joined = [...before, ...inner, ...after];
      if (joined.length !== all.length || joined.some((piece, i) => piece !== all[i])) continue;
      const start = 1 + before.length, end = start + inner.length; // 1 for the start token
      if (end < this.length) return [start, end];
      throw new RangeError(
        `The phrase "${phrase}" ends at token ${end} of "${text}" but only ${this.length - 1} fit`,
      );
    }
    throw new RangeError(`The text "${text}" does not contain the phrase "${phrase}"`);
  }
}

/** Text as CLIP's normaliser sees it. */
function plain(text: string): string {
  return text.normalize("NFC").replace(/\s+/g, " ").trim().toLowerCase();
}

/**
 * Loads a tokenizer folder: `tokenizer.json`, or the `vocab.json` and `merges.txt` that diffusers'
 * checkpoints have instead; beside it `tokenizer_config.json`.
 *
 * @param folder The `tokenizer` folder of a Hugging Face checkpoint.
 * @param length Tokens per prompt; the config's `model_max_length` by default.
 * @throws {SyntaxError} If `merges.txt` has a line that is no pair.
 */
export async function loadTokenizer(folder: string, length?: number): Promise<Tokenizer> {
  const config = await readJson<TokenizerConfig>(`${folder}/tokenizer_config.json`);
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  // old transformers wrote the padding token into this file alone
  const special = config.pad_token === undefined && names.includes("special_tokens_map.json")
    ? await readJson<TokenizerConfig>(`${folder}/special_tokens_map.json`)
    : {};
  const tokenizer = names.includes("tokenizer.json") || !names.includes("merges.txt")
    ? await readJson<object>(`${folder}/tokenizer.json`)
    : await readVocabulary(folder);
  return new Tokenizer(tokenizer, { ...special, ...config }, length);
}

/** `vocab.json` and `merges.txt`, the files of transformers' slow CLIPTokenizer. */
async function readVocabulary(folder: string): Promise<object> {
  const ids = await readJson<Record<string, number>>(`${folder}/vocab.json`);
  const [version, ...lines] = (await Deno.readTextFile(`${folder}/merges.txt`)).trim().split(
    /\r?\n/,
  );
  if (!version!.startsWith("#version")) lines.unshift(version!);
  const merges = lines.map((line, i) => {
    const pair = line.split(" ");
    if (pair.length === 2) return pair as [string, string];
    throw new SyntaxError(
      `Cannot read "${folder}/merges.txt": merge ${i + 1} is "${line}", no pair`,
    );
  });
  return tokenizerJson(ids, merges);
}
