import fc from 'fast-check';
import {
  type BufferGeometry,
  DataTexture,
  PerspectiveCamera,
  type Points,
  type ShaderMaterial,
  Vector3,
  Vector4,
} from 'three';
import { expect, test, vi } from 'vitest';
import { localSpreads } from '#client/viewer/data/spread.ts';
import { FramePace } from '#client/viewer/scene/frame-pace.ts';
import { FreeRanges } from '#client/viewer/scene/free-ranges.ts';
import { charactersOf, shortName } from '#client/viewer/scene/label-text.ts';
import { pick } from '#client/viewer/scene/picking.ts';
import { StarCloud } from '#client/viewer/scene/star-cloud.ts';
import { View } from '#client/viewer/scene/view.ts';

const SIZE = { width: 800, height: 600 };

/** A view from a point to another, and three.js's camera for it. */
function viewOf(
  eye: readonly number[],
  target: readonly number[],
): { view: View; camera: PerspectiveCamera } {
  const camera = new PerspectiveCamera(50, SIZE.width / SIZE.height, 0.1, 1e4);
  camera.up.set(0, 0, 1);
  camera.position.set(eye[0]!, eye[1]!, eye[2]!);
  camera.lookAt(target[0]!, target[1]!, target[2]!);
  camera.updateMatrixWorld();
  const view = new View();
  view.eye.copy(camera.position);
  view.target.set(target[0]!, target[1]!, target[2]!);
  view.update(camera, SIZE.width, SIZE.height);
  return { view, camera };
}

const number = fc.double({ noNaN: true, min: -50, max: 50 });
const point = fc.tuple(number, number, number);

test('points are projected as three.js does it, and planes hold exactly the points on the canvas', () => {
  fc.assert(
    fc.property(point, point, point, (eye, target, shown) => {
      fc.pre(Math.hypot(eye[0] - target[0], eye[1] - target[1]) > 0.1);
      const { view, camera } = viewOf(eye, target);
      const out = view.project(...shown, { x: 0, y: 0, depth: 0 });
      const clip = new Vector4(...shown, 1)
        .applyMatrix4(camera.matrixWorldInverse)
        .applyMatrix4(camera.projectionMatrix);
      expect(out.depth).toBeCloseTo(clip.w, 6);
      fc.pre(clip.w > 0.01);
      const [x, y] = [(clip.x / clip.w + 1) * 400, (1 - clip.y / clip.w) * 300];
      expect(Math.abs(out.x - x)).toBeLessThan(1e-6 * (1 + Math.abs(x)));
      expect(Math.abs(out.y - y)).toBeLessThan(1e-6 * (1 + Math.abs(y)));
      const margin = Math.min(Math.abs(x), Math.abs(y), Math.abs(x - 800), Math.abs(y - 600));
      fc.pre(margin > 1e-3);
      const isInside = view
        .planes()
        .every(([a, b, c, d]) => a * shown[0] + b * shown[1] + c * shown[2] + d >= 0);
      expect(isInside).toBe(view.isShown(out));
    }),
  );
});

test('far from the origin, neighbours are still apart on the canvas', () => {
  const { view } = viewOf([1e12, 1e12, 1e12 + 2], [1e12 + 1, 1e12, 1e12]);
  const near = view.project(1e12 + 1, 1e12, 1e12, { x: 0, y: 0, depth: 0 });
  const other = view.project(1e12 + 1.001, 1e12, 1e12, { x: 0, y: 0, depth: 0 });
  expect(Math.hypot(near.x - other.x, near.y - other.y)).toBeGreaterThan(0.1);
});

test('the system under the pointer is one that is nearest to it on the canvas', () => {
  fc.assert(
    fc.property(fc.array(point, { minLength: 1, maxLength: 60 }), point, (points, place) => {
      const { view } = viewOf([0, -90, 40], [0, 0, 0]);
      const [x, y, z] = [0, 1, 2].map(axis => Float64Array.from(points, values => values[axis]!)) as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      const ranges = [{ start: 0, end: points.length }];
      const pointer = { x: 400 + place[0] * 8, y: 300 + place[1] * 6 };
      const apart = points.map(values => {
        const out = view.project(...values, { x: 0, y: 0, depth: 0 });
        return out.depth > 0 ? Math.hypot(out.x - pointer.x, out.y - pointer.y) : Number.POSITIVE_INFINITY;
      });
      const picked = pick([{ piece: { length: points.length, x, y, z }, ranges }], view, pointer, 12);
      const nearest = Math.min(...apart);
      if (!picked) expect(nearest).toBeGreaterThan(12 - 1e-9);
      else expect(apart[picked.row]).toBeLessThanOrEqual(Math.min(12, nearest + 10));
    }),
  );
});

test('rows that are not shown cannot be pointed at', () => {
  const { view } = viewOf([0, -10, 0], [0, 0, 0]);
  const zero = new Float64Array(2);
  const piece = { length: 2, x: zero, y: zero, z: zero };
  expect(pick([{ piece, ranges: [{ start: 1, end: 2 }] }], view, { x: 400, y: 300 }, 5)?.row).toBe(1);
  expect(pick([{ piece, ranges: [] }], view, { x: 400, y: 300 }, 5)).toBeUndefined();
});

test('ranges of a buffer never overlap, and room that is given back is used again', () => {
  const commands = fc.array(fc.tuple(fc.nat(9), fc.integer({ min: 1, max: 30 })), { maxLength: 80 });
  fc.assert(
    fc.property(commands, steps => {
      const free = new FreeRanges(100);
      const held: { start: number; length: number }[] = [];
      for (const [which, length] of steps) {
        if (which < 5) {
          let start = free.take(length);
          if (start === undefined) {
            free.grow(free.capacity + length);
            start = free.take(length)!;
          }
          held.push({ start, length });
        } else if (held.length > 0) {
          const [given] = held.splice(which % held.length, 1);
          free.free(given!.start, given!.length);
        }
        const sorted = held.toSorted((a, b) => a.start - b.start);
        sorted.forEach((range, i) => {
          const next = sorted[i + 1]?.start ?? free.capacity;
          expect(range.start + range.length).toBeLessThanOrEqual(next);
        });
        const last = sorted.at(-1);
        expect(free.end).toBe(last ? last.start + last.length : 0);
      }
      for (const { start, length } of held) free.free(start, length);
      expect(free.take(free.capacity)).toBe(0);
    }),
  );
});

test('systems in a crowd are nearer to their neighbours than others', () => {
  const crowd = Array.from({ length: 64 }, (_, i) => [i % 4, (i >> 2) % 4, i >> 4] as const);
  const far = Array.from(
    { length: 64 },
    (_, i) => [1000 + (i % 4) * 100, ((i >> 2) % 4) * 100, (i >> 4) * 100] as const,
  );
  const [x, y, z] = [0, 1, 2].map(axis => Float64Array.from([...crowd, ...far], values => values[axis]!));
  const spreads = localSpreads(x!, y!, z!);
  expect(Math.max(...spreads.subarray(0, 64))).toBeLessThan(3);
  expect(Math.min(...spreads.subarray(64))).toBeGreaterThan(30);
  const same = new Float64Array(100).fill(7);
  expect([...new Set(localSpreads(same, same, same))]).toEqual([0]);
});

test('the eye and a point far away keep the difference of nearby doubles', () => {
  const cloud = new StarCloud(new DataTexture());
  const { geometry, material } = cloud.object as Points<BufferGeometry, ShaderMaterial>;
  const view = { now: 0, pixels: 1, ratio: 1, exposure: 1, scale: 1 };
  let added = 0;
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, min: -1e15, max: 1e15 }),
      fc.double({ noNaN: true, min: -10, max: 10 }),
      (eye, apart) => {
        const x = Float64Array.of(eye + apart);
        const piece = { x, y: x, z: x, spreads: Float32Array.of(1), slots: Uint8Array.of(0), length: 1 };
        cloud.add(String(added), piece);
        cloud.update(new Vector3(eye, 0, 0), view);
        // As the shader subtracts them, in float32.
        const part = (name: string) => geometry.getAttribute(name).getX(added);
        const eyePart = (name: string) => Math.fround((material.uniforms[name]!.value as Vector3).x);
        const relative = Math.fround(
          Math.fround(part('high') - eyePart('eyeHigh')) + Math.fround(part('low') - eyePart('eyeLow')),
        );
        added++;
        expect(Math.abs(relative - (x[0]! - eye))).toBeLessThanOrEqual(Math.abs(eye) * 2 ** -45 + 1e-5);
      },
    ),
  );
  cloud.dispose();
});

test('slow frames get fewer pixels, single frames do not count', () => {
  vi.useFakeTimers();
  const gl = {
    ...{ SYNC_GPU_COMMANDS_COMPLETE: 1, SYNC_STATUS: 2, SIGNALED: 3, UNSIGNALED: 4 },
    ...{ fenceSync: () => ({}), deleteSync: () => {}, getSyncParameter: () => gl.SIGNALED },
  };
  const pace = new FramePace(gl as unknown as WebGL2RenderingContext);
  pace.setFinest(2);
  const draw = (milliseconds: number, isFollowed: boolean) => {
    pace.markEnd(isFollowed);
    vi.advanceTimersByTime(milliseconds);
    expect(pace.hasTime).toBe(true);
  };
  for (let frame = 0; frame < 20; frame++) draw(16, true);
  for (let frame = 0; frame < 20; frame++) draw(5_000, false);
  expect(pace.movingRatio).toBe(2);
  for (let frame = 0; frame < 4; frame++) draw(100, true);
  expect(pace.movingRatio).toBeLessThan(2);
  for (let frame = 0; frame < 40; frame++) draw(100, true);
  expect(pace.movingRatio).toBe(0.5);
});

test('names on the map are short; Chinese, Japanese and Korean ones take twice the room', () => {
  expect(['Sol', '天の川', '센타우리', 'ＡＢ', 'Ω≈ç', '🌟'].map(charactersOf)).toEqual([3, 6, 8, 4, 3, 2]);
  expect(shortName('x'.repeat(36))).toBe('x'.repeat(36));
  expect(shortName('x'.repeat(300))).toBe(`${'x'.repeat(35)}…`);
  // No half of a character.
  expect(shortName('🌟'.repeat(300))).toBe(`${'🌟'.repeat(35)}…`);
});
