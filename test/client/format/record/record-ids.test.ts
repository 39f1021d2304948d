import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DERIVED_ID, DERIVED_REGION } from '#format/index.ts';
import { normalised, refusal, system } from './outcomes.ts';

describe('id', () => {
  const own: [written: string, id: string, derived: boolean][] = [
    ['"abc"', 'abc', false],
    ['"  "', '  ', false],
    ['"42"', '42', false],
    ['42', '42', true],
    ['-0', '0', true],
    ['1.50', '1.5', true],
    ['1e3', '1000', true],
    ['9007199254740991', '9007199254740991', true],
    ['9007199254740993', '9007199254740993', true],
    ['-9007199254740993', '-9007199254740993', true],
    ['5853498713190525696', '5853498713190525696', true],
    ['1e21', '1e+21', true],
    ['9007199254740993.0', '9007199254740992', true],
    ['1000000000000000000000000', '1000000000000000000000000', true],
  ];
  for (const [written, id, derived] of own) {
    test(`of its own: ${written}`, () => {
      const outcome = system(`"id":${written}`, { key: 'K' });
      expect(outcome).toMatchObject({ origin: 'own', system: { id, fields: { id: JSON.parse(written) } } });
      expect((outcome.system.derived & DERIVED_ID) !== 0).toBe(derived);
    });
  }

  test('a nested id is not taken for the record’s', () => {
    expect(system('"a":{"id":1},"id":9007199254740993,"b":[{"id":9007199254740995}]').system.id).toBe(
      '9007199254740993',
    );
  });

  for (const absent of ['', '"id":null', '"id":""']) {
    test(`none (${absent}) with a key`, () => {
      const outcome = system(absent, { key: 'OOTLEFAR V' });
      expect(outcome).toMatchObject({ origin: 'key', system: { id: 'SYS_OOTLEFAR V', name: 'OOTLEFAR V' } });
      expect(outcome.system.derived & DERIVED_ID).toBe(DERIVED_ID);
    });
    test(`none (${absent}) and no key`, () => {
      const outcome = system(`"name":"n"${absent && `,${absent}`}`);
      expect(outcome.origin).toBe('content');
      expect(outcome.system.id).toMatch(/^SYS_[0-9a-f]{32}$/);
      expect(outcome.system.derived).toBe(DERIVED_ID | DERIVED_REGION);
    });
  }

  test('an empty key is none', () => {
    expect(system('"name":"n"', { key: '' }).origin).toBe('content');
  });

  test('of another kind is refused', () => {
    for (const written of ['{}', '[1]', 'true', '1e999']) {
      expect(refusal(`{"x":1,"y":2,"z":3,"id":${written}}`, { key: 'K' })).toMatchObject({ field: 'id' });
    }
  });
});

describe('the id made of content', () => {
  const id = (text: string, region?: string) => {
    const outcome = normalised(text, region === undefined ? {} : { region });
    return outcome.kind === 'system' ? outcome.system.id : outcome;
  };
  const base = '{"name":"n","x":1,"y":0,"z":3,"a":{"p":1,"q":[1,2]}}';

  test('is the same for the same content', () => {
    expect(id(' { "z": 3.0, "a": {"p": 1e0, "q": [1, 2]},\n"x": 1, "y": 0, "name": "\\u006e"} ')).toBe(
      id(base),
    );
    expect(id(base.replace('"x"', '"x_cords"'))).toBe(id(base));
    expect(id(base, 'R')).toBe(id(base.replace('{', '{"region":"R",')));
    expect(id(base.replace('{', '{"region":null,'), 'R')).toBe(id(base, 'R'));
  });

  test('is another for other content', () => {
    const others = [
      base.replace('"y":0', '"y":-0'),
      base.replace('"y":0', '"y":5e-324'),
      base.replace('"p":1,"q":[1,2]', '"q":[1,2],"p":1'),
      base.replace('[1,2]', '[2,1]'),
      base.replace('[1,2]', '{"0":1,"1":2}'),
      base.replace('[1,2]', '["1",2]'),
      base.replace('"n"', '"N"'),
      base.replace('{', '{"id":null,'),
      base.replace('{', '{"id":"",'),
      base.replace('{', '{"__proto__":1,'),
    ];
    const ids = [base, ...others].map(text => id(text)).concat(id(base, 'R'), id(base, 'S'));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('is a hash of canonical text', () => {
    const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);
    expect(id(base)).toBe(`SYS_${hash('{"a":{"p":1,"q":[1,2]},"name":"n","x":1,"y":0,"z":3}')}`);
    const keys = '{"name":"\\u00e9\\n","z":-0,"x":1.50,"y":1e21,"🌟":[],"\uFFFD":{},"B":null,"a":true}';
    const canonical = '{"B":null,"a":true,"name":"é\\n","x":1.5,"y":1e+21,"z":-0,"\uFFFD":{},"🌟":[]}';
    expect(id(keys)).toBe(`SYS_${hash(canonical)}`);
  });
});
