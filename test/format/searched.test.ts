import { describe, expect, test } from 'vitest';
import { SEARCHED_FIELDS, searchedTexts } from '../../client/format/searched.ts';

const texts = (record: string, name = 'N', fields = SEARCHED_FIELDS) =>
  searchedTexts(name, JSON.parse(record), fields);

describe('texts that are searched', () => {
  test('are the name that answers queries, and texts of the fields, in order of the fields', () => {
    expect(texts('{"name":"own","attributes":"B","materials":"A","fauna":"no"}')).toEqual(['N', 'A', 'B']);
    expect(texts('{"name":"own","fauna":"F"}', 'N', ['fauna', 'name'])).toEqual(['F', 'N']);
    expect(texts('{"materials":"A"}', 'N', [])).toEqual([]);
  });
  test('are not folded, trimmed or split', () => {
    expect(texts('{"materials":" Gold, GOLD \\u0000"}', 'É ')).toEqual(['É ', ' Gold, GOLD \0']);
  });
  test('are the texts of a list, each on its own, and nothing else', () => {
    expect(texts('{"materials":["a, b",1,null,["deep"],{"x":"y"},true,"c"]}')).toEqual(['N', 'a, b', 'c']);
    for (const value of ['1', 'true', 'null', '{"a":"b"}', '""', '[]', '[""]'])
      expect(texts(`{"materials":${value}}`)).toEqual(['N']);
  });
  test('are never empty, and each there once', () => {
    expect(texts('{"materials":["N","a","a"],"attributes":"a"}')).toEqual(['N', 'a']);
    expect(texts('{"materials":"a"}', '')).toEqual(['a']);
  });
  test('are of own fields only', () => {
    expect(texts('{}', 'N', ['name', 'constructor', '__proto__'])).toEqual(['N']);
    expect(texts('{"__proto__":"p","toString":"t"}', 'N', ['__proto__', 'toString'])).toEqual(['p', 't']);
  });
});
