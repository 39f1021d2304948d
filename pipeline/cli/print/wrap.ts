/** Breaks text for people into lines that fit a terminal. */
import { widthOf } from './printable.ts';

/** Least room for text beside a column of names: a narrower terminal breaks the lines itself. */
const LEAST_ROOM = 32;

/** A text as lines of at most `columns` characters, broken at spaces; all but the first are indented. */
export function wrapped(text: string, columns: number, indent = 0): string[] {
  const [first, ...words] = text.split(/(?<=\S) /);
  const lines: string[] = [];
  let line = first!;
  for (const word of words) {
    if (widthOf(`${line} ${word}`) > columns) {
      lines.push(line);
      line = ' '.repeat(indent) + word;
    } else {
      line += ` ${word}`;
    }
  }
  return [...lines, line];
}

/** Rows of a name and a text: names in a column of `indent` characters, texts beside it, broken within their column. */
export function wrappedRows(
  rows: readonly (readonly string[])[],
  columns: number,
  indent = Math.max(0, ...rows.map(([name]) => widthOf(name!))) + 2,
): string[] {
  return rows.flatMap(([name, text]) => {
    const line = name + ' '.repeat(indent - widthOf(name!)) + text;
    return wrapped(line, Math.max(columns, indent + LEAST_ROOM), indent);
  });
}
