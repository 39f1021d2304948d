import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryStore, StoreError } from '#pipeline/index.ts';
import { RecordGatherer, readBuckets, readRecordRun } from '#pipeline/spill/record-runs.ts';
import type { SpilledRecord } from '#pipeline/spill/spilled-record.ts';
import { coordinate, text } from '#test/support/arbitrary.ts';
import { failure } from '#test/support/stored-files.ts';

const record: fc.Arbitrary<Omit<SpilledRecord, 'position'>> = fc.record({
  x: coordinate,
  y: coordinate,
  z: coordinate,
  key: fc.option(text, { nil: undefined }),
  region: fc.option(text, { nil: undefined }),
  bytes: fc.uint8Array({ maxLength: 3000, size: 'max' }).map(of => Buffer.from(of)),
});
/** Findings of a scan beside a position, if a record was scanned. */
const findings = fc.option(fc.uint8Array({ minLength: 40, maxLength: 40 }), { nil: undefined });

/** The position of a record, then the findings of a scan; 0 if it was not scanned. */
function rowOf({ x, y, z }: Pick<SpilledRecord, 'x' | 'y' | 'z'>, found = new Uint8Array(40)): Buffer {
  const row = Buffer.concat([Buffer.alloc(24), found]);
  for (const [axis, value] of [x, y, z].entries()) row.writeDoubleLE(value, 8 * axis);
  return row;
}
const added = fc.array(fc.tuple(fc.nat(5), record, findings), { maxLength: 40, size: 'max' });
const NAMES = ['zero', 'one', 'two', 'three', 'four', 'five'];

describe('a run of records', () => {
  test('gives each bucket its records back in order, whole, however small the batches', async () => {
    await fc.assert(
      fc.asyncProperty(added, fc.constantFrom(1, 90, 4000, 1 << 20), async (of, batchBytes) => {
        const records = of.map(([bucket, rest, found], position) => {
          return { bucket, found, record: { ...rest, position } };
        });
        const gatherer = new RecordGatherer();
        for (const { found, record } of records) {
          if (!found) gatherer.add(record);
          else {
            const rows = Buffer.concat([Buffer.alloc(record.position, 7), rowOf(record, found)]);
            const view = new DataView(rows.buffer, rows.byteOffset, rows.length);
            const at = gatherer.addScanned(record.position, record, view, record.position);
            expect(gatherer.memory.positionAt(at)).toBe(record.position);
          }
        }
        let next = 0;
        const ends = new Map<number, number>();
        gatherer.assign(
          (x, y, z) => {
            const { bucket, record } = records[next++]!;
            expect([x, y, z]).toEqual([record.x, record.y, record.z]);
            return bucket;
          },
          (bucket, at) => {
            expect(bucket).toBe(records[next - 1]!.bucket);
            expect(at).toBe(ends.get(bucket) ?? 0);
            const { key = '', region = '', bytes } = records[next - 1]!.record;
            ends.set(bucket, at + 84 + Buffer.byteLength(key) + Buffer.byteLength(region) + bytes.length);
          },
        );
        const raw = records.reduce((sum, { record }) => sum + record.bytes.length, 0);
        expect(gatherer.bytes).toBeGreaterThanOrEqual(raw);
        const store = memoryStore();
        await store.put('run', gatherer.takeRun(NAMES));
        expect(gatherer.bytes).toBe(0);
        const buckets = await readBuckets(store, 'run');
        expect(buckets.map(({ name }) => name)).toEqual(
          NAMES.filter((_, i) => records.some(({ bucket }) => bucket === i)),
        );
        for (const bucket of buckets) {
          const entries = records.filter(({ bucket: of }) => NAMES[of] === bucket.name);
          const own = entries.map(entry => entry.record);
          const rows: Buffer[] = [];
          const read: SpilledRecord[] = [];
          const extent = { path: 'run', split: 0, offset: bucket.offset, length: bucket.length };
          for await (const batch of readRecordRun(store, extent, batchBytes)) {
            const { memory, starts } = batch;
            read.push(...batch.records());
            for (const start of starts) {
              const row = memory.findingsAt(start);
              rows.push(memory.bytes.subarray(row, row + 64));
            }
          }
          expect(read.map(({ position, key, region, bytes }) => ({ position, key, region, bytes }))).toEqual(
            own.map(({ position, key, region, bytes }) => ({ position, key, region, bytes })),
          );
          expect(read.map(({ x, y, z }) => [x, y, z])).toEqual(own.map(({ x, y, z }) => [x, y, z]));
          expect(rows).toEqual(entries.map(({ record, found }) => rowOf(record, found)));
          expect(bucket.records).toBe(own.length);
          for (const [axis, name] of (['x', 'y', 'z'] as const).entries()) {
            expect(bucket.bounds.min[axis]).toBe(Math.min(...own.map(one => one[name] + 0)));
            expect(bucket.bounds.max[axis]).toBe(Math.max(...own.map(one => one[name] + 0)));
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  test('records of a run are added to another one as they are stored', async () => {
    await fc.assert(
      fc.asyncProperty(added, async of => {
        const [gatherer, other] = [new RecordGatherer(), new RecordGatherer()];
        for (const [position, [bucket, rest]] of of.entries()) gatherer.add({ ...rest, position }, bucket);
        const store = memoryStore();
        await store.put('run', gatherer.takeRun(NAMES));
        for (const { name, offset, length } of await readBuckets(store, 'run')) {
          const extent = { path: 'run', split: 0, offset, length };
          for await (const { memory, starts } of readRecordRun(store, extent, 4000))
            for (const start of starts) other.addStored(memory, start, NAMES.indexOf(name));
        }
        await store.put('other', other.takeRun(NAMES));
        expect(await store.get('other')).toEqual(await store.get('run'));
      }),
      { numRuns: 50 },
    );
  });

  test('a run whose records are not what was written is a StoreError', async () => {
    const gatherer = new RecordGatherer();
    for (let position = 0; position < 20; position++)
      gatherer.add({ position, x: 1, y: 2, z: 3, bytes: Buffer.from('{}') }, 0);
    const store = memoryStore();
    await store.put('run', gatherer.takeRun(NAMES));
    const { offset, length } = (await readBuckets(store, 'run'))[0]!;
    const file = Buffer.from((await store.get('run'))!);
    const extent = { path: 'run', split: 0, offset, length };
    for (const batchBytes of [1, 300, Number.POSITIVE_INFINITY]) {
      for (const from of [0, 86, 4 * 86, 19 * 86]) {
        for (const damaged of [Buffer.alloc(length - from), Buffer.alloc(length - from, 0xff)]) {
          await store.put('run', Buffer.concat([file.subarray(0, offset + from), damaged]));
          const positions: number[] = [];
          const read = async () => {
            for await (const batch of readRecordRun(store, extent, batchBytes))
              for (const record of batch.records()) positions.push(record.position);
          };
          const error = await failure(read());
          expect(error).toBeInstanceOf(StoreError);
          expect(error.message).toContain('run of memory has malformed records');
          expect(positions.length).toBeLessThanOrEqual(from / 86);
        }
      }
    }
  });

  test('without a limit, an extent is read to given memory in one piece', async () => {
    await fc.assert(
      fc.asyncProperty(added, async of => {
        const gatherer = new RecordGatherer();
        for (const [position, [bucket, rest]] of of.entries()) gatherer.add({ ...rest, position }, bucket);
        const store = memoryStore();
        await store.put('run', gatherer.takeRun(NAMES));
        for (const { offset, length, records } of await readBuckets(store, 'run')) {
          const given: Buffer[] = [];
          const allocate = (bytes: number) => {
            given.push(Buffer.alloc(bytes, 7));
            return given.at(-1)!;
          };
          const read = [];
          const extent = { path: 'run', split: 0, offset, length };
          for await (const batch of readRecordRun(store, extent, Infinity, allocate)) read.push(batch);
          expect(given.map(memory => memory.length)).toEqual([length]);
          expect(read.map(({ memory }) => memory.bytes)).toEqual(given);
          expect(read.map(({ starts }) => starts.length)).toEqual([records]);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('adjacent buckets are read as one', async () => {
    const gatherer = new RecordGatherer();
    const one = (position: number): SpilledRecord => ({
      ...{ position, x: 1, y: 2, z: 3, key: 'k', region: undefined },
      bytes: Buffer.from(`{"n":${position}}`),
    });
    for (const position of [0, 1, 2, 3]) gatherer.add(one(position), position % 2);
    const store = memoryStore();
    await store.put('run', gatherer.takeRun(NAMES));
    const [first, second] = await readBuckets(store, 'run');
    expect(second!.offset).toBe(first!.offset + first!.length);
    const read: number[] = [];
    const extent = { path: 'run', split: 0, offset: first!.offset, length: first!.length + second!.length };
    for await (const batch of readRecordRun(store, extent, 1 << 20))
      read.push(...batch.records().map(of => of.position));
    expect(read).toEqual([0, 2, 1, 3]);
  });

  test('a run that was cut says so', async () => {
    const gatherer = new RecordGatherer();
    const only = {
      ...{ position: 0, x: 0, y: 0, z: 0, key: undefined, region: undefined },
      bytes: Buffer.from('{}'),
    };
    gatherer.add(only, 0);
    const store = memoryStore();
    await store.put('run', gatherer.takeRun(NAMES));
    const whole = (await store.get('run'))!;
    const [bucket] = await readBuckets(store, 'run');
    await store.put('run', whole.subarray(0, whole.length - 1));
    const read = readRecordRun(
      store,
      { path: 'run', split: 0, offset: bucket!.offset, length: bucket!.length },
      1000,
    );
    await expect(read.next()).rejects.toThrow(/run of memory has only \d+ bytes.*changed/);
  });
});
