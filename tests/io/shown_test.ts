import { assertEquals } from "@std/assert";
import { shown, shownValue } from "../../lib/io/shown.ts";

Deno.test("shown() keeps what people write and escapes what terminals obey", () => {
  assertEquals(shown('conv_in.weight "猫" 👩‍👧'), 'conv_in.weight "猫" 👩‍👧');
  assertEquals(
    shown("a\n\u001b[2J\u202e\u2028\ud800"),
    "a\\u{a}\\u{1b}[2J\\u{202e}\\u{2028}\\u{d800}",
  );
  assertEquals(shown("k".repeat(80)).length, 80);
  assertEquals(shown("\n".repeat(1e6)).length, 80);
});

Deno.test("shownValue() tells the kind of what could be endless", () => {
  const values = ["a", 1.5, null, undefined, { toString: 1 }, [[[]]]];
  const texts = ['"a"', "1.5", "null", "undefined", "an object", "an array"];
  assertEquals(values.map(shownValue), texts);
});
