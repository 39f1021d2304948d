/** JSON texts of one value that differ in all that means nothing. */
import type { JsonValue } from '#format/json.ts';
import { seeded } from './arbitrary.ts';

/**
 * A value as JSON with white space and escapes here and there. The object of a number, counted in the order of the
 * text, has one of its keys again, after all its members.
 */
export function written(
  value: JsonValue,
  seed: number,
  target = -1,
): { text: string; at: number; key?: string } {
  const random = seeded(seed);
  let text = '';
  let objects = 0;
  let at = -1;
  let repeated: string | undefined;
  const space = () => {
    if (random() < 0.3) text += random() < 0.5 ? ' ' : '\r\n\t';
  };
  const string = (of: string) => {
    const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    text += random() < 0.3 ? `"${of.split('').map(escaped).join('')}"` : JSON.stringify(of);
  };
  const write = (of: JsonValue): void => {
    space();
    if (Array.isArray(of)) {
      text += '[';
      of.forEach((element, i) => {
        if (i > 0) text += ',';
        write(element);
      });
      text += ']';
    } else if (typeof of === 'object' && of !== null) {
      const isTarget = objects++ === target;
      const keys = Object.keys(of);
      text += '{';
      keys.forEach((key, i) => {
        if (i > 0) text += ',';
        space();
        string(key);
        space();
        text += ':';
        write(of[key]!);
      });
      if (isTarget && keys.length > 0) {
        text += ',';
        space();
        at = text.length;
        repeated = keys[Math.floor(random() * keys.length)]!;
        string(repeated);
        text += ':0';
      }
      text += '}';
    } else if (typeof of === 'string') string(of);
    else text += Object.is(of, -0) ? '-0' : JSON.stringify(of);
    space();
  };
  write(value);
  return { text, at, ...(repeated !== undefined && { key: repeated }) };
}
