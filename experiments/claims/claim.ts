/** A way into a parsed JSON file: a key, or what an entry of a list must say about itself. */
export type Step = string | Readonly<Record<string, string>>;

/** One statement of the paper, and the difference that decides it. */
export interface Claim {
  /** What part of the method it is about. */
  readonly about: string;
  /** What the paper says, as one sentence. */
  readonly text: string;
  /** Where it says so. */
  readonly source: string;
  /** Which difference is taken, in words. */
  readonly measured: string;
  /** Which side of 0 the paper claims. */
  readonly claimed: "higher" | "lower";
  /** The file with the difference, below the folder of the results. */
  readonly file: string;
  /** Where in the file. */
  readonly path: readonly Step[];
  /** What is worth seeing beside it, by name; no part of the verdict. */
  readonly beside?: Readonly<Record<string, readonly Step[]>>;
  /** What the claim needs room for: the other method's own mean, where a rate cannot fall below 0. */
  readonly room?: { readonly file: string; readonly path: readonly Step[] };
  /** What measures it. */
  readonly command: string;
}

/** A mean difference over prompts, its interval, and what else the file tells of it. */
export interface Difference {
  readonly mean: number;
  /** 95 % bootstrap interval. */
  readonly ci95: readonly [number, number];
  /** Prompts times styles. */
  readonly n?: number;
  /** Sign-flip p value of this difference alone. */
  readonly p?: number;
  /** The same corrected for all comparisons of its study. */
  readonly pHolm?: number;
}

/** What a measurement says about a claim. */
export interface Verdict {
  readonly word: "reproduced" | "not reproduced" | "undecided" | "not measured";
  /** The reason, in a few words. */
  readonly why: string;
}

/** Differences below it do not matter: of cosines and of shares alike. */
export const MARGIN = 0.02;

/** Where the interval and the sign-flip test must agree. */
export const LEVEL = 0.05;

/**
 * The verdict by the difference's interval: reproduced where all of it lies on the claimed side of 0;
 * not reproduced where all of it lies on the other side, or within the margin around 0; undecided
 * where neither holds. What decides nothing: an interval without width, since prompts that all give
 * the same may have missed a rare event; an interval on one side of 0 whose sign-flip test disagrees,
 * since few events make intervals too narrow; a small difference where there was no room for a larger
 * one.
 *
 * @param room The mean of the other method, where the difference cannot be larger.
 */
export function verdictOf(
  { ci95: [low, high], p = 0 }: Difference,
  claimed: Claim["claimed"],
  room = Infinity,
): Verdict {
  if (low === high) return { word: "undecided", why: "all prompts give the same difference" };
  const [least, most] = claimed === "higher" ? [low, high] : [-high, -low];
  if ((least > 0 || most < 0) && p > LEVEL) {
    return { word: "undecided", why: "interval and sign-flip test disagree" };
  }
  if (least > 0) return { word: "reproduced", why: `all of the interval is ${claimed} than 0` };
  if (most < 0) return { word: "not reproduced", why: "all of the interval is on the other side" };
  if (room < MARGIN) {
    return { word: "undecided", why: `no room: ${room.toFixed(3)} without it` };
  }
  if (least > -MARGIN && most < MARGIN) {
    return { word: "not reproduced", why: `all of the interval is within ±${MARGIN}` };
  }
  return { word: "undecided", why: "the interval holds 0 and more than the margin" };
}
