const LONGEST = 80;

/**
 * A text out of a foreign file as it may stand in an error: one line, cut to 80 characters, with
 * escapes for what could move a terminal's cursor or turn its writing around.
 */
export function shown(text: string): string {
  const start = text.slice(0, LONGEST + 1); // a name may be as long as the file
  const safe = start.replace(
    /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => {
      return `\\u{${character.codePointAt(0)!.toString(16)}}`;
    },
  );
  return safe.length > LONGEST ? `${safe.slice(0, LONGEST - 3)}...` : safe;
}

/** A JSON value as it may stand in an error: objects by their kind, whatever they hold. */
export function shownValue(value: unknown): string {
  if (typeof value === "string") return `"${shown(value)}"`;
  if (Array.isArray(value)) return "an array";
  return value !== null && typeof value === "object" ? "an object" : String(value);
}
