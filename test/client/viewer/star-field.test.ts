import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PerspectiveCamera, type Points } from 'three';
import { expect, test } from 'vitest';
import { openTileset } from '#client/node/index.ts';
import { newUsage } from '#client/query/usage.ts';
import { colourScheme } from '#client/viewer/data/colour-scheme.ts';
import { StarField } from '#client/viewer/data/star-field.ts';
import { View } from '#client/viewer/scene/view.ts';
import { build } from '#pipeline/index.ts';
import { inFolder } from '#test/support/temporary.ts';

const STARS = fileURLToPath(new URL('../../../data/nearby-stars.json', import.meta.url));

test('no point keeps a colour of the field before, also before the values of the new field are read', async () => {
  await inFolder(async folder => {
    await build([STARS], join(folder, 'set'), {});
    const tileset = await openTileset(join(folder, 'set'));
    const sample = await tileset.overview();
    const errors: unknown[] = [];
    const field = new StarField(
      tileset,
      { where: undefined, showsOthers: false },
      {
        ...{ sample, spreads: new Float32Array(sample.length).fill(1), sizeOf: undefined },
        ...{ maxPoints: 10_000, leastSpread: 0, maxSpread: 1, usage: newUsage() },
        onError: error => errors.push(error),
        onChange: () => {},
      },
    );
    const view = new View();
    view.eye.set(0, 0, 30);
    view.update(new PerspectiveCamera(50, 1), 500, 500);
    const schemeOf = async (name: string) =>
      colourScheme({ field: name, counts: await tileset.facet(name), isExact: true, isFacet: true });
    const slotsOfAll = () =>
      field.object.children.map(child => {
        const { geometry } = child as Points;
        return new Set(geometry.getAttribute('slot').array.subarray(0, geometry.drawRange.count));
      });
    field.frame(view, 1);
    field.recolour(await schemeOf('region'));
    await field.settled();
    expect(slotsOfAll().some(slots => slots.size > 1)).toBe(true);
    field.recolour(await schemeOf('attributes'));
    expect(slotsOfAll().every(slots => [...slots].every(slot => slot === 0))).toBe(true);
    await field.settled();
    expect(slotsOfAll().some(slots => slots.size > 1)).toBe(true);
    expect(errors).toEqual([]);
  });
});
