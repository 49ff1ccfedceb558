/** A text with its invisible characters written out: a no-break space as `\u00a0`. Line breaks stay. */
export function visible(text: string): string {
  return text.replace(/(?![ \n])[\p{Z}\p{Cc}\p{Cf}]/gu, (character) => {
    const short = JSON.stringify(character).slice(1, -1);
    return short.startsWith("\\") ? short : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
