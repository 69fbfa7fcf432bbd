// Holds for the real `jsr:@std/cli` and for its stand-in, whichever is in use.
import { assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";

Deno.test("parseArgs() reads strings, booleans, numbers and words", () => {
  const args = parseArgs(["--a", "01", "--b", "word", "--c=2", "-d", "3", "4"], {
    string: ["a"],
    boolean: ["b", "none"],
  });
  assertEquals({ ...args }, { a: "01", b: true, none: false, c: 2, d: 3, _: ["word", 4] });
});

Deno.test("parseArgs() collects, fills in defaults and follows aliases", () => {
  const args = parseArgs(["--x=1", "-y", "2"], {
    string: ["x", "z"],
    collect: ["x", "z"],
    default: { n: 5 },
    alias: { why: "y" },
  });
  assertEquals({ ...args }, { x: ["1"], z: [], n: 5, why: 2, y: 2, _: [] });
});

Deno.test("parseArgs() takes no flag for a value, and leaves what follows -- alone", () => {
  const options = { string: ["a", "_"], boolean: ["b"], "--": true } as const;
  assertEquals({ ...parseArgs(["--a", "--b", "--", "--c"], options) }, {
    a: "",
    b: true,
    _: [],
    "--": ["--c"],
  });
});

Deno.test("parseArgs() tells unknown flags and words", () => {
  const told: unknown[] = [];
  const args = parseArgs(["word", "--no-x", "-1", "--known"], {
    boolean: ["known"],
    unknown: (arg, key) => {
      told.push([arg, key]);
      return false;
    },
  });
  assertEquals(told, [["word", undefined], ["--no-x", "no-x"], ["-1", "1"]]);
  assertEquals({ ...args }, { known: true, _: [] });
});
