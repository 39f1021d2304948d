/** JSON texts as values, where `JSON.parse` would lose something. */
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '#client/index.ts';
import { InputError } from '#pipeline/index.ts';
import { parse } from '#pipeline/source/json/parse-record.ts';

describe('parse', () => {
  const location = { file: 'test.json', input: 0, offset: 0, line: 1, column: 1 };
  const value = (text: string) => parse(Buffer.from(text), location).value;

  test('keys written with escapes are theirs, whatever keys came before (nodejs/node#63785)', () => {
    expect(Object.keys(value('{"p":1,"\\\\":0}') as object)).toEqual(['p', '\\']);
    expect(Object.keys(value('{"p":1,"\\"":0}') as object)).toEqual(['p', '"']);
    expect(Object.keys(value('{"q":1,"a\\\\nb":0}') as object)).toEqual(['q', 'a\\nb']);
    expect(Object.keys(value('{"q":1, "a\\nbc" :0}') as object)).toEqual(['q', 'a\nbc']);
  });

  test('what has an escaped key is else as JSON.parse gives it', () => {
    const text =
      ' {"\\n": [1e5 , -0,true,null, "\\"}:", {} , []] , "__proto__":{"a":"\\\\"}, "b":false,"2":1,"1":2, "b":"c"\r\n} ';
    const found = value(text) as JsonObject;
    expect(found).toEqual(JSON.parse(text));
    expect(Object.keys(found)).toEqual(['1', '2', '\n', '__proto__', 'b']);
    expect(Object.is((found['\n'] as number[])[1], -0)).toBe(true);
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
  });

  test('a deep one is parsed', () => {
    const depth = 100_000;
    let found = value(`${'['.repeat(depth)}{"\\n":0}${']'.repeat(depth)}`);
    for (let i = 0; i < depth; i++) [found] = found as [JsonValue];
    expect(found).toEqual({ '\n': 0 });
  });

  test('text that is not JSON', () => expect(() => value('{"\\n":0')).toThrow(InputError));
});
