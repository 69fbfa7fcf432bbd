import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { useEngine } from "../../lib/engine/mod.ts";
import type { Image } from "../../lib/io/image.ts";
import { loadMuse } from "../../lib/models/muse.ts";
import { loadJudge } from "../../lib/score/judge.ts";
import { UsageError } from "../../lib/show/command.ts";
import { captionOf, HELD_OUT_STYLES, openWorld } from "../../lib/world/mod.ts";
import { recordText } from "../../experiments/pretrain/pool.ts";
import { main } from "../../experiments/validate_scores.ts";
import { leakageSection } from "../../experiments/validate_scores/leakage.ts";
import { blend, copyWindow, pasteSubject } from "../../experiments/scene_edits.ts";
import { reportText } from "../../experiments/validate_scores/report.ts";
import { risesWith, type Section } from "../../experiments/validate_scores/section.ts";
import { cmmdSection, diversitySection } from "../../experiments/validate_scores/spread.ts";
import { styleSection } from "../../experiments/validate_scores/style.ts";
import { textSection } from "../../experiments/validate_scores/text.ts";
import { drawTrials } from "../../experiments/validate_scores/trials.ts";

await useEngine();
const FOLDER = new URL("../../lib/pretrained/emoji-64", import.meta.url).pathname;
const judge = await loadJudge(FOLDER), muse = await loadMuse(FOLDER);
const world = await openWorld({ jitter: 1 });
const NONE: ReadonlySet<string> = new Set();
const trials = drawTrials(2, 0, NONE);

const value = ({ measures }: Section, score: string, of: string, measure = "AUC") => {
  const found = measures.find((m) => m.score === score && m.of === of && m.measure === measure);
  assert(found, `${score} of ${of} was not measured`);
  return found.mean;
};
const holds = ({ checks }: Section, score: string, expected: string) => {
  const check = checks.find((check) => check.score === score && check.expected === expected);
  assert(check, `no check that ${score} ${expected}`);
  assert(check.holds, `${score} ${expected}: ${check.found}`);
};

Deno.test("drawTrials() names nothing of the reference, and shows nothing seen", () => {
  for (const { style, others, reference, prompt } of trials) {
    const phrases = [reference.subject, reference.object, reference.decoration];
    const asked = [prompt.subject, prompt.object, prompt.decoration];
    assertEquals(phrases.filter((phrase) => asked.includes(phrase)), []);
    assertNotEquals(prompt.colour, reference.colour);
    assertEquals(new Set([style, ...others]).size, 1 + others.length);
  }
  const seen = new Set(trials.map(({ prompt }) => recordText(prompt)));
  const again = drawTrials(2, 0, seen).map(({ prompt }) => captionOf(prompt));
  assertEquals(again.filter((caption) => trials.some((t) => captionOf(t.prompt) === caption)), []);
  assertEquals(drawTrials(1, 0, NONE), trials.filter((_, t) => t % 2 === 0));
});

Deno.test("pasteSubject() and copyWindow() change what they are told to, and nothing else", () => {
  const image: Image = { width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(9) };
  const source = world.render(trials[0]!.reference);
  const changed = (other: Image) => {
    const at: [number, number][] = [];
    for (let i = 0; i < 64 * 64; i++) {
      const pixel = other.data.subarray(3 * i, 3 * i + 3);
      if (pixel.some((v) => v !== 9)) at.push([i % 64, Math.floor(i / 64)]);
    }
    return at;
  };
  assertEquals(pasteSubject(image, source, 0, 3), image);
  assertEquals(pasteSubject(image, source, 16, 3, 0), image);
  const pasted = changed(pasteSubject(image, source, 16, 1));
  assert(pasted.length > 60 && pasted.every(([x, y]) => x >= 48 && y < 16));
  const window = copyWindow(image, source, 8);
  assertEquals(changed(window).length, 64);
  for (const [x, y] of changed(window)) {
    const at = 3 * (y * 64 + x);
    assertEquals(window.data.slice(at, at + 3), source.image.data.slice(at, at + 3));
  }
  assertEquals(blend(image, source.image, 1), source.image);
});

Deno.test("risesWith() holds for a rise, and for nothing else", () => {
  const at = (...means: number[]) => means.map((m) => [m - 0.01, m, m + 0.01]);
  const of = (values: number[][]) => risesWith("s", "size", [0, 8, 16], values, " px", 0);
  assertEquals(of(at(0, 0.1, 0.2)).holds, true);
  assertEquals(
    of(at(0, 0.1, 0.05)).found,
    "0.000 to 0.050; above its start from 8 px on; falls at 16 px",
  );
  assertEquals(of(at(0, 0.1, 0.05)).holds, false);
  assertEquals(of(at(0.1, 0.1, 0.1)).found, "0.100 to 0.100; never above its start");
});

Deno.test("the leakage scores rise with leaked content", async () => {
  const section = await leakageSection(trials, world, judge, muse, 0);
  const area = (score: string, side: number) =>
    value(section, score, `a subject pasted at ${side} px`);
  assert(area("detector", 32) > 0.9, `AUC ${area("detector", 32)}`);
  assert(area("detector", 32) > area("detector", 8));
  const alone = "the subject alone on the prompt's background";
  assert(value(section, "subject found", alone, "mean") > 0.9);
  assert(value(section, "subject found", "the reference", "mean") > 0.8);
  assert(value(section, "subject found", "subject at 0 px", "mean") < 0.1);
  holds(section, "colour head", "rises with the opacity of the background colour");
  const decorated = (opacity: number) =>
    value(section, "decoration head finds", `decoration at opacity ${opacity}`, "mean");
  assert(decorated(0) === 0 && decorated(1) > 0.8, `${decorated(1)} of the decorations`);
  const own = "untuned in the same style";
  holds(section, "CLIP excess", `rises with side of the pasted subject, ${own}`);
  holds(section, "token-copy rate", `rises with side of the window, ${own}`);
});

Deno.test("Style and Text prefer the right style and the right caption", async () => {
  const style = await styleSection(trials, world, judge, 0);
  assert(value(style, "Style", "the right style from others") > 0.7);
  assert(
    value(style, "style head", "the right style from the reference's scene in another style") > 0.9,
  );
  holds(style, "Style", "rises with the share of the right style in a blend");
  const text = await textSection(trials, world, judge, 0);
  for (const name of ["subject", "style", "background colour"]) {
    const area = value(text, "Text", `the caption from one with another ${name}`);
    assert(area > 0.8, `${name}: AUC ${area}`);
  }
});

Deno.test("Diversity and CMMD see a collapsed model, and CMMD another style", async () => {
  const diversity = await diversitySection(trials.slice(0, 4), world, judge, 0);
  holds(diversity, "Diversity", "is 0 for one image repeated");
  holds(diversity, "Diversity", "rises with distinct images of 8");
  const cmmd = await cmmdSection(HELD_OUT_STYLES.slice(0, 2), world, judge, 0, NONE);
  holds(cmmd, "CMMD", "rises with the share of images in another style");
  holds(cmmd, "CMMD", "rises with repetition: fewer distinct images");
  const run = { model: "m", engine: "e", seed: 0, styles: ["a"], perStyle: 2 };
  const failing = { ...cmmd.checks[0]!, score: "Broken", holds: false };
  const text = reportText(run, [{ ...cmmd, checks: [failing] }]);
  assert(text.includes("What does not hold: 1 of 1") && text.includes("| Broken |"));
});

Deno.test("validate-scores refuses in one sentence", async () => {
  await assertRejects(() => main(["--trials", "0"]), UsageError, "--trials must be");
});
