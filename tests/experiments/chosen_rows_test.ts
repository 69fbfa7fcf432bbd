import { assertEquals, assertThrows } from "@std/assert";
import { chosenRows } from "../../experiments/study/command.ts";
import { ablationMethods } from "../../experiments/study/methods.ts";
import { EMOJI_64_STUDY } from "../../experiments/study/presets.ts";
import { UsageError } from "../../lib/show/command.ts";

Deno.test("--rows keeps the table's order and the untuned model", () => {
  const all = ablationMethods(EMOJI_64_STUDY);
  const ids = (names?: string) => chosenRows(names, all).map(({ method }) => method.id);
  assertEquals(ids(), all.map(({ method }) => method.id));
  assertEquals(ids("finestyle, styledrop"), ["muse", "styledrop", "finestyle"]);
  assertThrows(() => ids("finestyle,fine"), UsageError, 'Unknown row "fine"');
});
