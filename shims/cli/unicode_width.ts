/** Columns that `str` takes in a terminal: 2 for wide East Asian and emoji characters, 0 for marks. */
export function unicodeWidth(str: string): number {
  let width = 0;
  for (const char of str) {
    if (/\p{Mark}|\p{Cf}|\p{Cc}/u.test(char)) continue;
    width +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u
          .test(char)
        ? 2
        : 1;
  }
  return width;
}
