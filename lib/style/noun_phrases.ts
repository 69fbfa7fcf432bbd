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
  /** Characters [start, end) of the text. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** D determiner or number, M modifier, N noun, V verb, O "of", W "with", B anything else */
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
  const lower = text.toLowerCase();
  const terms = tag(lower);
  // One letter per term, "|" after a term that punctuation follows.
  const letters: string[] = [];
  const owners: Term[] = [];
  for (const term of terms) {
    for (const letter of term.last ? [term.kind, "|"] : [term.kind]) {
      letters.push(letter);
      owners.push(term);
    }
  }
  const phrases = letters.join("").matchAll(/D*M*N+(?:OD*M*N+)*(?:WM*N+)?/g);
  return [...phrases].map(({ index, 0: match }) =>
    lower.slice(owners[index]!.start, owners[index + match.length - 1]!.end)
  );
}

/** Tags every word by compromise, then corrects what its tagger is known to miss. */
function tag(text: string): Term[] {
  // A relation parts like punctuation; places in the text stay.
  const plain = text.replace(RELATIONS, (relation) => ";".padEnd(relation.length));
  const document = nlp(plain).terms().json({ offset: true }) as { terms: RawTerm[] }[];
  const raw = document.flatMap((entry) => entry.terms).filter((term) => term.text !== "");
  const terms: Term[] = [];
  for (const { text, tags, post, offset } of raw) {
    const part = {
      start: offset.start,
      end: offset.start + text.length,
      text,
      kind: kindOf(text, new Set(tags)),
      last: /[,;.:!?()|—–]/.test(post),
    };
    const before = terms.at(-1);
    if (before && plain.slice(before.end, part.start) === "-") {
      terms[terms.length - 1] = joined(before, part);
    } else terms.push(part);
  }
  return terms.map((term, i) => ({ ...term, kind: corrected(term, terms[i - 1], terms[i + 1]) }));
}

/** "well-worn" is one word, and a modifier whatever its parts are, unless it ends in a noun. */
function joined(before: Term, part: Term): Term {
  const text = `${before.text}-${part.text}`;
  return { ...part, start: before.start, text, kind: part.kind === "N" ? "N" : "M" };
}

interface RawTerm {
  readonly text: string;
  readonly tags: string[];
  readonly post: string;
  readonly offset: { readonly start: number; readonly length: number };
}

function kindOf(word: string, tags: Set<string>): string {
  if (BREAKS.has(word) || tags.has("Pronoun")) return "B";
  if (word === "of") return "O";
  if (word === "with") return "W";
  if (tags.has("Determiner") || tags.has("Value")) return "D";
  if (tags.has("Noun")) return "N";
  if (tags.has("Adjective") || tags.has("Adverb")) return "M";
  return tags.has("Verb") ? "V" : "B";
}

/** "three boats" and "on flowers" have no verb; "children playing" has one. */
function corrected(term: Term, before: Term | undefined, after: Term | undefined): string {
  const previous = before && !before.last ? before.kind : "|";
  const next = after && !term.last ? after.kind : "|";
  const ing = term.text.endsWith("ing") && !NAMES_IN_ING.has(term.text);
  if (term.kind === "N" && ing && previous === "N") return "V";
  if (term.kind === "V" && /[DM]/.test(previous)) return /[NM]/.test(next) ? "M" : "N";
  if (term.kind === "V" && /[|BOW]/.test(previous) && /[a-rt-z]s$/.test(term.text)) return "N";
  return term.kind;
}
