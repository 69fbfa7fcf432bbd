import type { Random } from "../../lib/engine/random.ts";
import { decompose, MAX_CAPTION } from "../../lib/style/concepts.ts";
import { type Family, Violation } from "./family.ts";

/** Sentences, texts that are none, and texts made to keep a pattern matcher busy. */
export const captions: Family = {
  name: "captions",
  short: 400,
  full: 10_000,
  trial(random) {
    const caption = strangeCaption(random);
    const style = random.next() < 0.3 ? { style: strangeCaption(random).slice(0, 60) } : {};
    return { name: "caption", read: () => checkDecomposition(caption, style) };
  },
};

function checkDecomposition(text: string, options: { style?: string }): void {
  const { caption, subjects, backgrounds, style } = decompose(text, options);
  const all = [caption, style, ...subjects, ...backgrounds];
  if (all.length < 3) throw new Violation("no concept came");
  if (all.some((part) => part.trim() === "")) throw new Violation(`an empty part: ${all}`);
  if (all.some((part) => /\p{Cc}/u.test(part))) throw new Violation("a control character came");
  if (caption.length > 2 * MAX_CAPTION) throw new Violation(`${caption.length} characters came`);
}

const PARTS = [
  ..."a cat|the|in|in a|in the style of|style|, in|with|on a red background|of|and|!|,;.| ".split(
    "|",
  ),
  ...["<script>alert(1)</script>", "&lt;b&gt;", "<img src=x onerror=y>", "../../etc", "${x}", "%s"],
  ...["in oil painting style", "in style", "__proto__", "constructor", '"', "'", "\\", "-", "--"],
  ...[
    "猫の絵",
    "кошка на фоне",
    "قطة في نمط",
    "חתול",
    "गाय",
    "👩‍👩‍👧",
    "🦊",
    "ﬁ",
    "İ",
    "ß",
    "é",
    "e\u0301",
  ],
  ...[
    "\u00a0",
    "\u200b",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ud800",
    "\0",
    "\u001b[2J",
    "\n",
    "\t",
    "1,000",
  ],
];

function strangeCaption(random: Random): string {
  const part = () => random.pick(PARTS);
  const words = (count: number, join: string) => Array.from({ length: count }, part).join(join);
  const base = "a cat to the left of a small dog on a red background, in sticker style";
  return random.pick([
    () => "",
    () => "word ".repeat(10_000) + "in sticker style",
    () => words(1 + random.below(12), " "),
    () => words(1 + random.below(12), " ") + ", in oil painting style",
    () => words(1 + random.below(12), ""),
    () => part().repeat(1 + random.below(400)).slice(0, MAX_CAPTION),
    () => `a cat ${`${part()} ${part()} `.repeat(200)}`.slice(0, MAX_CAPTION - 9) + " style",
    () => base.slice(0, random.below(base.length)) + part() + base.slice(random.below(base.length)),
    () => base.replace(random.pick(["cat", "dog", "red", "sticker", "style", ","]), part),
  ])();
}
