import { beforeEach, expect, test, vi } from 'vitest';
import { DiskPace } from '#pipeline/store/disk-pace.ts';

let clock = 0;
beforeEach(() => {
  clock = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => clock);
});

/** The thread of a call for so many bytes that takes so many milliseconds. */
function caller(pace: DiskPace, bytes: number, milliseconds: number): Promise<string> {
  const here = () => {
    clock += milliseconds;
    return 'here';
  };
  return pace.call(bytes, here, async () => 'pool');
}

test('calls are made here while the disk is quick, but for many bytes', async () => {
  const pace = new DiskPace();
  for (let i = 0; i < 50; i++) expect(await caller(pace, 1 << 20, 1)).toBe('here');
  expect(await caller(pace, (1 << 20) + 1, 1)).toBe('pool');
  expect(await caller(pace, 0, 1)).toBe('here');
});

test('after three slow calls in a row the next 64 are left to the pool, then one is tried again', async () => {
  const pace = new DiskPace();
  const callers: string[] = [];
  for (let i = 0; i < 135; i++) callers.push(await caller(pace, 1_000, 10));
  expect(callers.flatMap((thread, i) => (thread === 'here' ? [i] : []))).toEqual([0, 1, 2, 67, 132]);
});

test('slow calls with quick ones between them are those of a busy machine', async () => {
  const pace = new DiskPace();
  for (const milliseconds of [10, 10, 1, 10, 10, 1, 10])
    expect(await caller(pace, 1_000, milliseconds)).toBe('here');
});

test('a disk that is quick again is called here again', async () => {
  const pace = new DiskPace();
  for (let i = 0; i < 3 + 64; i++) await caller(pace, 1_000, 10);
  for (const milliseconds of [1, 10, 10, 1]) expect(await caller(pace, 1_000, milliseconds)).toBe('here');
});

test('a call that fails throws its error, and is not slow', async () => {
  const pace = new DiskPace();
  const full = () => {
    throw new Error('full');
  };
  await expect(pace.call(1, full, async () => {})).rejects.toThrow('full');
  expect(await caller(pace, 1, 1)).toBe('here');
});

test('the event loop gets turns between calls', async () => {
  const pace = new DiskPace();
  let turns = 0;
  const count = () => {
    turns++;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  try {
    for (let i = 0; i < 200; i++) expect(await caller(pace, 1_000, 1)).toBe('here');
  } finally {
    clearImmediate(timer);
  }
  expect(turns).toBeGreaterThanOrEqual(3);
});
