import { assertEquals, assertThrows } from "@std/assert";
import { loadTokenizer, Tokenizer } from "../../lib/models/tokenizer.ts";
import { buildTokenizer, clipWords } from "../../lib/models/tokenizer_vocabulary.ts";

const FOLDER = new URL("fixtures/tokenizer", import.meta.url).pathname;
const WORDS =
  "cat house to the left of a in style watercolor painting cross-stitch rendering on with background";
const tokenizer = await loadTokenizer(FOLDER);

Deno.test("Tokenizer.encode() agrees with the reference library", async () => {
  const { encodings } = JSON.parse(await Deno.readTextFile(`${FOLDER}/expected.json`));
  const long = await loadTokenizer(FOLDER, 40);
  for (const { text, ids } of encodings) {
    const row = [...long.encode([text])];
    assertEquals(row.slice(0, ids.length), ids, text);
    assertEquals(new Set(row.slice(ids.length)), new Set([long.pad]));
  }
});

Deno.test("buildTokenizer() depends on the set of words alone", async () => {
  const words = WORDS.split(" ");
  const files = buildTokenizer([...words.toReversed(), "CAT"], 16);
  for (const name of ["tokenizer.json", "tokenizer_config.json"] as const) {
    assertEquals(files[name], JSON.parse(await Deno.readTextFile(`${FOLDER}/${name}`)));
  }
});

Deno.test("buildTokenizer() makes each word one token and nothing unknown", () => {
  for (const word of clipWords([WORDS])) assertEquals(tokenizer.pieces(word), [`${word}</w>`]);
  const ascii = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join(" ");
  for (const text of [ascii, ascii.replaceAll(" ", ""), "été 猫 😺"]) {
    assertEquals(tokenizer.pieces(text).includes("<|endoftext|>"), false);
  }
});

Deno.test("Tokenizer.encode() pads, cuts and keeps the end", () => {
  const [start, end] = [tokenizer.size - 2, tokenizer.size - 1];
  const ids = tokenizer.encode(["a cat", "a ".repeat(40)]);
  assertEquals(ids.length, 2 * 16);
  assertEquals([ids[0], ids[3], ids[15]], [start, end, tokenizer.pad]);
  assertEquals([ids[16], ids[30], ids[31]], [start, ids[17], end]);
});

Deno.test("Tokenizer.span() finds a phrase among the tokens", () => {
  const text = "A Cat to the left of a house, in watercolor painting style";
  assertEquals(tokenizer.span(text, "cat"), [2, 3]);
  assertEquals(tokenizer.span(text, "watercolor  Painting"), [11, 13]);
  assertEquals(tokenizer.span(text, text), [1, 14]);
  assertEquals(
    tokenizer.span("category, cat", "cat").map((i) => i - tokenizer.pieces("category,").length),
    [1, 2],
  );
});

Deno.test("Tokenizer.span() refuses a phrase that is not there", () => {
  assertThrows(
    () => tokenizer.span("a category", "cat"),
    RangeError,
    'The text "a category" does not contain the phrase "cat"',
  );
  assertThrows(() => tokenizer.span("a cat", ""), RangeError);
  assertThrows(() => tokenizer.span("a ".repeat(30) + "cat", "cat"), RangeError, "only 15 fit");
});

Deno.test("Tokenizer refuses a length or a padding token it cannot use", () => {
  const json = buildTokenizer(["cat"])["tokenizer.json"];
  assertThrows(() => new Tokenizer(json, { model_max_length: 1e30 }), RangeError, "[2, 4096]");
  assertThrows(() => new Tokenizer(json, { pad_token: "<pad>" }), RangeError, '"<pad>"');
});
