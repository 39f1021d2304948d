import { styleText } from 'node:util';

type Style = 'bold' | 'dim' | 'red' | 'yellow';

/**
 * True if output to a stream is coloured: on a terminal, unless NO_COLOR is set (https://no-color.org) or TERM is
 * "dumb". FORCE_COLOR decides first: 0 or false for never, anything else for always.
 */
export function wantsColour({ isTTY }: { readonly isTTY?: boolean }, env = process.env): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: term } = env;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return isTTY === true && !no && term !== 'dumb';
}

/** A string in a style, if the stream is coloured. */
export function paint(style: Style, text: string, stream: { readonly isTTY?: boolean }): string {
  return wantsColour(stream) ? styleText(style, text, { validateStream: false }) : text;
}
