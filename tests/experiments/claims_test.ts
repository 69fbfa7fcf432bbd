import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ledgerOf, main } from "../../experiments/claims.ts";
import { type Claim, type Verdict, verdictOf } from "../../experiments/claims/claim.ts";
import { CLAIMS } from "../../experiments/claims/list.ts";
import { follow, measure } from "../../experiments/claims/measure.ts";
import { writeJson } from "../../lib/io/files.ts";
import { UsageError } from "../../lib/show/command.ts";
import { inFolder } from "../in_folder.ts";

Deno.test("verdictOf() follows the rule of the ledger", () => {
  const cases: [low: number, high: number, claimed: "higher" | "lower", Verdict["word"]][] = [
    [0.1, 0.3, "higher", "reproduced"],
    [0.001, 0.01, "higher", "reproduced"],
    [-0.3, -0.1, "lower", "reproduced"],
    [-0.3, -0.1, "higher", "not reproduced"],
    [0.1, 0.3, "lower", "not reproduced"],
    [-0.015, 0.01, "higher", "not reproduced"],
    [-0.01, 0.015, "lower", "not reproduced"],
    [-0.1, 0.3, "higher", "undecided"],
    [-0.01, 0.03, "lower", "undecided"],
    [0, 0.1, "higher", "undecided"],
    [0, 0, "lower", "undecided"],
    [0.2, 0.2, "higher", "undecided"],
  ];
  for (const [low, high, claimed, word] of cases) {
    const verdict = verdictOf({ mean: (low + high) / 2, ci95: [low, high] }, claimed);
    assertEquals(verdict.word, word, `[${low}, ${high}] claimed ${claimed}`);
  }
});

Deno.test("verdictOf() decides nothing against the sign-flip test, or where there is no room", () => {
  const clear = { mean: -0.2, ci95: [-0.3, -0.1] } as const;
  assertEquals(verdictOf({ ...clear, p: 0.04, pHolm: 1 }, "lower").word, "reproduced");
  assertEquals(verdictOf({ ...clear, p: 0.25 }, "lower").word, "undecided");
  assertEquals(verdictOf({ ...clear, p: 0.25 }, "higher").word, "undecided");
  const small = { mean: 0, ci95: [-0.01, 0.01], p: 1 } as const;
  assertEquals(verdictOf(small, "lower", 0.5).word, "not reproduced");
  assertEquals(verdictOf(small, "lower", 0.01), {
    word: "undecided",
    why: "no room: 0.010 without it",
  });
  assertEquals(verdictOf(clear, "lower", 0.01).word, "reproduced");
});

const CLAIM: Claim = {
  about: "Guidance",
  text: "It does better",
  source: "figure",
  measured: "Oracle of one minus that of the other",
  claimed: "higher",
  file: "study/comparisons.json",
  path: [{ method: "finestyle", measure: "oracle" }, "difference"],
  beside: { Text: [{ method: "finestyle", measure: "text" }, "difference"] },
  room: { file: "study/table.json", path: ["rows", { id: "muse" }, "leakage"] },
  command: "deno task study",
};
const entry = (measure: string, difference: unknown) => ({
  method: "finestyle",
  measure,
  difference,
});

Deno.test("a ledger of made-up results has every verdict, and names what is not there", () =>
  inFolder(async (results) => {
    await writeJson(`${results}/study/comparisons.json`, [
      entry("oracle", { mean: 0.2, ci95: [0.1, 0.3], n: 24, p: 0.0001, pHolm: 0.02 }),
      entry("text", { mean: -0.05, ci95: [-0.1, 0.01], n: 24, p: 0.2 }),
      entry("style", { mean: -0.2, ci95: [-0.3, -0.1], n: 24, p: 0.01 }),
      entry("leakage", { mean: 0, ci95: [-0.01, 0.01], n: 24, p: 1 }),
    ]);
    await writeJson(`${results}/study/table.json`, {
      rows: [{ id: "muse", leakage: { mean: 0.01, ci95: [0, 0.02] } }],
    });
    await writeJson(`${results}/study/config.json`, {
      study: { model: "emoji-64", engine: "wasm", preset: "quick", seed: 3, styles: ["sticker"] },
      config: { prompts: 24, imagesPerPrompt: 1 },
    });
    const by = (measure: string): Claim => ({
      ...CLAIM,
      path: [{ method: "finestyle", measure }, "difference"],
    });
    const { text, findings } = await ledgerOf(results, [
      ...[CLAIM, by("style"), by("text"), by("leakage"), by("drawn")],
      { ...CLAIM, file: "other/table.json", command: "deno task other" },
    ]);
    assertEquals(findings.map(({ verdict }) => verdict.word), [
      ...["reproduced", "not reproduced", "undecided", "undecided"],
      ...["not measured", "not measured"],
    ]);
    assertStringIncludes(text, "Of 6 claims 1 is reproduced, 1 is not reproduced, 2 are undecided");
    assertStringIncludes(text, "**+0.200 [+0.100, +0.300], n = 24, p < 0.001 (0.020)**");
    assertStringIncludes(text, "beside it: Text −0.050 [−0.100, +0.010]");
    assertStringIncludes(text, "no room: 0.010 without it");
    assertStringIncludes(text, "comparisons.json has no such entry; run `deno task study`");
    assertStringIncludes(text, "**not measured**: run `deno task other`");
    assertStringIncludes(text, "| [study](study) | quick | 1 | 24 x 1 | 3 | emoji-64, wasm |");
  }));

Deno.test("results that are not what their names say are told by file and place", () =>
  inFolder(async (results) => {
    const wrong = async (value: unknown, message: string) => {
      await writeJson(`${results}/study/comparisons.json`, [entry("oracle", value)]);
      await assertRejects(() => measure(results, CLAIM), SyntaxError, message);
    };
    await wrong(3, "finestyle, oracle, difference is 3, want a mean and its interval ci95");
    await wrong({ mean: 1, ci95: [2, 1] }, "is an object");
    await wrong({ mean: null, ci95: [0, 1] }, `Cannot read "${results}/study/comparisons.json"`);
    await Deno.writeTextFile(`${results}/study/comparisons.json`, "{");
    await assertRejects(() => measure(results, CLAIM), SyntaxError, "not JSON");
    await Deno.remove(`${results}/study/comparisons.json`);
    await writeJson(`${results}/study/config.json`, { study: { styles: 3 } });
    const found = "study.styles is 3, want a list";
    await assertRejects(() => ledgerOf(results, [CLAIM]), SyntaxError, found);
    await assertRejects(() => main(["--results", `${results}/none`]), UsageError, "/none");
  }));

Deno.test("follow() takes keys of objects and entries of lists, and nothing else", () => {
  const content = { rows: [{ id: "a", x: 1 }, { id: "b", x: 2 }] };
  assertEquals(follow(content, ["rows", { id: "b" }, "x"]), 2);
  assertEquals(follow(content, ["rows", { id: "c" }, "x"]), undefined);
  assertEquals(follow(content, [{ id: "b" }]), undefined);
  assertEquals(follow(content, ["rows", "id"]), undefined);
  assertEquals(follow(undefined, ["rows"]), undefined);
});

Deno.test("results/README.md is what deno task claims makes of the files beside it", async () => {
  const results = new URL("../../results", import.meta.url).pathname;
  const { text, findings } = await ledgerOf(results);
  assertEquals(await Deno.readTextFile(`${results}/README.md`), text, "run deno task claims");
  // the committed ablation has every row that a claim asks for
  const ablation = findings.filter(({ claim }) => claim.file.startsWith("ablation/"));
  assertEquals(ablation.length, CLAIMS.filter(({ command }) => / ablation /.test(command)).length);
  for (const { claim, verdict, beside } of ablation) {
    assert(verdict.word !== "not measured", `${claim.text}: ${verdict.why}`);
    assertEquals(beside.length, Object.keys(claim.beside ?? {}).length, claim.text);
  }
});
