/** Names as they stand on the map. */

/** The most characters of a name on the map; lists and the panel have all of it. */
const LONGEST = 36;
/** Characters of Chinese, Japanese and Korean, which are twice as wide as others. Emoji are two units in any case. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/g;

/** A name that does not cover the map: the end of a long one is left out. */
export function shortName(name: string): string {
  const characters = [...name.slice(0, 2 * LONGEST + 2)];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : name;
}

/** Width of a text in characters of ordinary width. */
export function charactersOf(text: string): number {
  return text.length + (text.match(WIDE)?.length ?? 0);
}
