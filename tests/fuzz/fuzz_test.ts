import { assert, assertEquals } from "@std/assert";
import { Random } from "../../lib/engine/random.ts";
import { FAMILIES } from "./families.ts";
import { fuzz, refusalFault, Violation } from "./family.ts";

for (const family of FAMILIES) {
  Deno.test(`${family.name}: what strangers send is read rightly or refused in a sentence`, async () => {
    const tally = await fuzz(family, family.short, new Random("short"));
    assert(tally.refused > 0, "the inputs are strange enough to be refused");
    assert(tally.accepted > 0, "and not all beyond reading");
  });
}

Deno.test("fuzz() finds a reader that crashes, and says which input makes it", async () => {
  const family = {
    ...{ name: "crash", short: 0, full: 0 },
    trial: (random: Random) => ({
      name: "a",
      read: () => random.below(4) === 0 ? (undefined as unknown as { b: 1 }).b : 0,
    }),
  };
  const failed = await fuzz(family, 100, new Random(1)).catch((error) => error);
  assert(failed instanceof Violation, "a crash is a violation");
  assert(/^crash \d+: a stack trace is shown: TypeError/.test(failed.message), failed.message);
});

Deno.test("refusalFault() takes only one line that names the file", () => {
  assertEquals(refusalFault(new SyntaxError('Cannot read "a.png": no image'), "a.png"), undefined);
  for (
    const message of ['Cannot read "b.png": no image', 'Cannot read "a.png": \n', '"a.png": no']
  ) {
    assert(refusalFault(new SyntaxError(message), "a.png") !== undefined, message);
  }
});
