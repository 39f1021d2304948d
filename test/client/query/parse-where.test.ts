import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentError } from '#client/index.ts';
import { parseWhere } from '#client/query/parse-where.ts';

describe('filters as text', () => {
  test.each<[filters: string[], where: unknown]>([
    [['a=b'], [{ a: ['b'] }]],
    [[' odd name = b c '], [{ 'odd name': ['b c'] }]],
    [['a!=b|c'], [{ a: { not: ['b', 'c'] } }]],
    [
      ['a=5', 'a=-1.5e3'],
      [{ a: ['5', 5] }, { a: ['-1.5e3', -1500] }],
    ],
    [['a=true|false'], [{ a: ['true', true, 'false', false] }]],
    [['a=0x10|1e400|Infinity|.'], [{ a: ['0x10', '1e400', 'Infinity', '.'] }]],
    [['a>=3', 'a < 6'], [{ a: { gte: 3, lt: 6 } }]],
    [
      ['a>3', 'a>5', 'b<=1'],
      [{ a: { gt: 3 } }, { a: { gt: 5 } }, { b: { lte: 1 } }],
    ],
    [
      ['a>2026-01-31', 'a<7'],
      [{ a: { gt: '2026-01-31' } }, { a: { lt: 7 } }],
    ],
    [['a<2026-01-31T12:00:00.5+01:00'], [{ a: { lt: '2026-01-31T12:00:00.5+01:00' } }]],
    [
      ['a=b=c', 'a=b>c', 'a=!'],
      [{ a: ['b=c'] }, { a: ['b>c'] }, { a: ['!'] }],
    ],
    [['a\\=\\>=b\\|c\\\\|d'], [{ 'a=>': ['b|c\\', 'd'] }]],
    [['a=\\ b\\ '], [{ a: [' b '] }]],
    [
      ['🌟=🌟|é', 'a=x\\'],
      [{ '🌟': ['🌟', 'é'] }, { a: ['x\\'] }],
    ],
    [['__proto__=a'], [JSON.parse('{"__proto__": ["a"]}')]],
  ])('%j', (filters, where) => expect(parseWhere(filters)).toEqual(where));

  test.each([
    [['a'], 'where is "a", expected FIELD=VALUE, FIELD!=VALUE, FIELD=V1|V2 or FIELD>=N'],
    [['=b'], 'expected FIELD=VALUE'],
    [[' =b'], 'expected FIELD=VALUE'],
    [['a!b'], 'expected FIELD=VALUE'],
    [['a|b=c'], 'expected FIELD=VALUE'],
    [['a='], 'where is "a=", expected a value after = and on both sides of each |'],
    [['a=b|'], 'on both sides of each |'],
    [['a!=|b'], 'a value after !='],
    [['a>x'], 'where is "a>x", expected a number or a date after the sign, such as 5.5, 2026-01-31'],
    [['a>2026-02-30'], 'expected a number or a date'],
    [['a>1|2'], 'expected a number or a date'],
  ])('%j is refused', (filters, message) => {
    expect(() => parseWhere(filters)).toThrow(ArgumentError);
    expect(() => parseWhere(filters)).toThrow(message);
  });

  test('takes any field and any values, with a backslash before each character', () => {
    const escaped = (text: string) => Array.from(text, char => `\\${char}`).join('');
    const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter(of => of.trim() !== '');
    fc.assert(
      fc.property(text, fc.array(text, { minLength: 1 }), (field, values) => {
        const [where] = parseWhere([`${escaped(field)}!=${values.map(escaped).join('|')}`]);
        const [[name, condition]] = Object.entries(where!) as [[string, { not: unknown[] }]];
        expect(name).toBe(field);
        expect(condition.not.filter(value => typeof value === 'string')).toEqual(values);
      }),
    );
  });
});
