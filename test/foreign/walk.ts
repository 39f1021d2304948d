/** Listings of MessagePack contents for the example of test/vectors/: the bytes on the left, what they mean on the right. */

/** Bytes a line, and the width they take. */
const LINE = 12;
const INDENT = '  ';

/** Notes beside the rendering of a value, by its path: `x`, `x[0]`, `chunks[4][1]`. */
export type Notes = Readonly<Record<string, string>>;

/** Lists a content; throws where it holds a form that the format does not use, or a note is of no value. */
export function listing(content: Uint8Array, notes: Notes = {}): string {
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  const lines: string[] = [];
  const unused = new Set(Object.keys(notes));
  let at = 0;
  const put = (length: number, depth: number, what: string, path: string) => {
    const hex = Array.from(content.subarray(at, at + length), byte => byte.toString(16).padStart(2, '0'));
    const note = notes[path];
    unused.delete(path);
    for (let i = 0; i < hex.length; i += LINE) {
      const meaning = i > 0 ? '' : INDENT.repeat(depth) + what + (note === undefined ? '' : `  ; ${note}`);
      lines.push(
        `${hex
          .slice(i, i + LINE)
          .join(' ')
          .padEnd(LINE * 3 + 1)}${meaning}`.trimEnd(),
      );
    }
    at += length;
  };
  const text = (length: number, header: number) =>
    JSON.stringify(new TextDecoder().decode(content.subarray(at + header, at + header + length)));
  const list = (count: number, depth: number, path: string) => {
    put(1, depth, `array of ${count}`, path);
    for (let i = 0; i < count; i++) value(depth + 1, `${path}[${i}]`);
  };
  const value = (depth: number, path: string): void => {
    const head = content[at]!;
    if (head < 0x80 || head >= 0xe0) put(1, depth, String(view.getInt8(at)), path);
    else if (head >= 0x90 && head < 0xa0) list(head & 15, depth, path);
    else if (head >= 0xa0 && head < 0xc0) put(1 + (head & 31), depth, text(head & 31, 1), path);
    else if (head === 0xc4) put(2 + content[at + 1]!, depth, `${content[at + 1]} bytes`, path);
    else if (head === 0xcc) put(2, depth, String(view.getUint8(at + 1)), path);
    else if (head === 0xcd) put(3, depth, String(view.getUint16(at + 1)), path);
    else if (head === 0xd0) put(2, depth, String(view.getInt8(at + 1)), path);
    else if (head === 0xd1) put(3, depth, String(view.getInt16(at + 1)), path);
    else throw new Error(`byte ${at} begins a form that no listing has yet: ${head.toString(16)}`);
  };
  const fields = content[at]! & 15;
  put(1, 0, `map of ${fields}`, '');
  for (let i = 0; i < fields; i++) {
    const name = new TextDecoder().decode(content.subarray(at + 1, at + 1 + (content[at]! & 31)));
    put(1 + (content[at]! & 31), 1, `"${name}"`, `key ${name}`);
    value(2, name);
  }
  if (at !== content.length) throw new Error(`${content.length - at} bytes follow the map`);
  if (unused.size > 0) throw new Error(`notes for what is not there: ${[...unused].join(', ')}`);
  return lines.join('\n');
}
