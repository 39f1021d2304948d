/** Makes strings safe for a terminal. */
import truncatedWidth from 'fast-string-truncated-width';

/** Control characters that move the cursor, colour or reorder text: a name from a catalogue must not do that. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A string with control characters written as escapes: `\u001b`. */
export function printable(text: string): string {
  return text.replace(CONTROLS, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Lines with everything but their breaks escaped as by `printable`. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** The text of some lines, safe for a terminal; a break inside of a line is escaped too. */
export function printableText(lines: readonly string[]): string {
  return lines.map(line => `${printable(line)}\n`).join('');
}

/** Width of a string on a terminal, in columns. */
export function widthOf(text: string): number {
  return truncatedWidth(text).width;
}

/** A string cut to a number of columns, with an ellipsis. */
export function clipped(text: string, columns: number): string {
  const { truncated, index } = truncatedWidth(text, { limit: columns, ellipsis: '…', ellipsisWidth: 1 });
  return truncated ? `${text.slice(0, index)}…` : text;
}
