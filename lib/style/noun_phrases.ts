import nlp from "compromise";

/** Relations of several words, which a tagger would take apart. */
const RELATIONS =
  /\s*\b(?:in front of|next to|close to|(?:to|on|at) the (?:left|right|top|bottom|side|center|middle) of|on top of|in the (?:middle|center|background|foreground) of|surrounded by|because of|out of|there (?:is|are))\b/gi;
/** Prepositions and the like that end a phrase, whatever the tagger makes of them. */
const BREAKS = new Set(
  ("under over above below behind beside near against on in at by from inside outside between among " +
    "across through along around to into onto for as like and or while where which that is are")
    .split(" "),
);
/** Words in -ing that name things; any other one after a noun is what the noun does. */
const NAMES_IN_ING = new Set(
  "building painting drawing ceiling king ring wing string morning evening clothing spring earring"
    .split(" "),
);

interface Term {
  readonly text: string;
  /** D determiner, M modifier, N noun, V verb, O "of", W "with", B anything else */
  readonly kind: string;
  /** Punctuation follows. */
  readonly last: boolean;
}

/**
 * The noun phrases of a sentence, lower case, in order, as they stand in it: a noun with what stands
 * before it, what `of` adds, and what `with` adds where no article follows ("a pot of plant with
 * spindle leaves" is one phrase, "a woman with a laptop" two).
 */
export function nounPhrases(text: string): string[] {
  const terms = tag(text);
  // One letter per term, "|" after a term that punctuation follows.
  const letters: string[] = [];
  const places: number[] = [];
  terms.forEach((term, i) => {
    letters.push(term.kind);
    places.push(i);
    if (!term.last) return;
    letters.push("|");
    places.push(i);
  });
  const phrases = letters.join("").matchAll(/D?M*N+(?:OD?M*N+)*(?:WM*N+)?/g);
  return [...phrases].map((match) => {
    const first = places[match.index]!;
    const end = places[match.index + match[0].length - 1]! + 1;
    return terms.slice(first, end).map((term) => term.text).join(" ");
  });
}

/** Tags every word by compromise, then corrects what its tagger is known to miss. */
function tag(text: string): Term[] {
  const plain = text.toLowerCase().replace(RELATIONS, ";"); // a relation parts like punctuation
  const document = nlp(plain).terms().json() as { terms: RawTerm[] }[];
  const raw = document.flatMap((entry) => entry.terms).filter((term) => term.text !== "");
  const terms = raw.map((term) => ({
    text: term.text,
    kind: kindOf(term.text, new Set(term.tags)),
    last: /[,;.:!?()|]/.test(term.post),
  }));
  return terms.map((term, i) => ({ ...term, kind: corrected(term, terms[i - 1], terms[i + 1]) }));
}

interface RawTerm {
  readonly text: string;
  readonly tags: string[];
  readonly post: string;
}

function kindOf(word: string, tags: Set<string>): string {
  if (BREAKS.has(word) || tags.has("Pronoun")) return "B";
  if (word === "of") return "O";
  if (word === "with") return "W";
  if (tags.has("Determiner")) return "D";
  if (tags.has("Noun")) return "N";
  if (tags.has("Adjective") || tags.has("Value") || tags.has("Adverb")) return "M";
  return tags.has("Verb") ? "V" : "B";
}

/** "three boats" has no verb; "children playing" does. */
function corrected(term: Term, before: Term | undefined, after: Term | undefined): string {
  const previous = before && !before.last ? before.kind : "|";
  const next = after && !term.last ? after.kind : "|";
  const ing = term.text.endsWith("ing") && !NAMES_IN_ING.has(term.text);
  if (term.kind === "N" && ing && previous === "N") return "V";
  if (term.kind === "V" && /[DM]/.test(previous)) return /[NM]/.test(next) ? "M" : "N";
  return term.kind;
}
