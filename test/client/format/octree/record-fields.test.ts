import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type JsonObject,
  joinRecord,
  type Packable,
  pack,
  packChunk,
  packDetails,
  splitFields,
  unpack,
  unpackChunk,
  unpackDetails,
} from '#format/index.ts';
import { normalise } from '#pipeline/source/normalise-record.ts';
import { coordinate, exactText, float, json, key, objectOf, text } from '#test/support/arbitrary.ts';

/** A file's content through MessagePack and back. */
const travel = (content: Packable) => unpack(pack(content));

describe('a record', () => {
  const scalar = fc.oneof(text, float, fc.constantFrom(null, true, false));
  /** Any record that a build accepts, whatever its id, name and region are. */
  const record = fc
    .tuple(
      fc.array(fc.tuple(key, json), { maxLength: 5 }),
      fc.array(fc.tuple(fc.constantFrom('name', 'region'), scalar), { maxLength: 2 }),
      fc.oneof(text, fc.integer(), fc.constant(null)),
      fc.boolean(),
      fc.tuple(coordinate, coordinate, coordinate),
    )
    .map(([more, texts, id, first, [x, y, z]]): JsonObject => {
      const others = more.filter(([name]) => !['id', 'name', 'region', 'x', 'y', 'z', 'type'].includes(name));
      const core: [string, number | string | null][] = [
        ['x', x],
        ['y', y],
        ['z', z],
        ['id', id],
      ];
      return objectOf(first ? [...core, ...others, ...texts] : [...others, ...texts, ...core]);
    });
  const location = { file: 'test', input: 0, offset: 0, line: 1, column: 1 };

  test('divided between chunk and details comes together as it was', () => {
    fc.assert(
      fc.property(
        record,
        text.filter(of => of !== ''),
        fc.uniqueArray(key),
        (of, name, summary) => {
          const outcome = normalise({ bytes: Buffer.from(exactText(of)), location, key: name });
          if (outcome.kind !== 'system') expect.fail(JSON.stringify(outcome));
          const parts = splitFields(outcome.system, new Set(summary));
          const chunk = unpackChunk(travel(packChunk([outcome.system], [parts.summary])));
          const [details] = unpackDetails(travel(packDetails([parts.details])));
          expect(exactText(joinRecord(chunk, 0, details!), true)).toBe(exactText(of, true));
          for (const field of Object.keys(parts.details)) expect(summary).not.toContain(field);
          for (const field of Object.keys(parts.summary)) expect(summary).toContain(field);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('keeps what normalising supplied apart from what it had', () => {
    const bytes = Buffer.from('{"x":1,"y":-0,"z":3,"id":7,"name":null}');
    const outcome = normalise({ bytes, location, key: 'Sol', region: 'Adam' });
    if (outcome.kind !== 'system') expect.fail();
    const { details } = splitFields(outcome.system, new Set());
    expect(details).toEqual({ id: 7, name: null });
    const chunk = unpackChunk(packChunk([outcome.system], [{}]) as Record<string, unknown>);
    expect([chunk.id[0], chunk.name[0], chunk.region[0]]).toEqual(['7', 'Sol', 'Adam']);
    expect(exactText(joinRecord(chunk, 0, details))).toBe('{"x":1,"y":-0,"z":3,"id":7,"name":null}');
  });
});
