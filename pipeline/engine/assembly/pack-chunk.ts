/** Chunk files without summary fields: the counterpart of client/format/octree/chunk.ts. */
import { create, Vector } from './arena';
import { Column, createColumn } from './columns';
import { pointsIn } from './json-reader';
import { beginOutput, writeInteger, writeMapHead, writeName } from './message-pack';
import { writeNumbers } from './write-numbers';
import { writeTexts } from './write-texts';

/**
 * Writes the content of a chunk for systems.
 * @param texts id, name and region of each system
 * @param lengths their lengths in bytes, of 32 bits
 * @param numbers x of all systems, then y, z, and the bits of `System.derived`
 */
export function packChunk(texts: usize, lengths: usize, numbers: usize, count: u32): void {
  const id = createColumn();
  const name = createColumn();
  const region = createColumn();
  let at = texts;
  for (let i: u32 = 0; i < count; i++) {
    const row = lengths + <usize>i * 12;
    at = addText(id, at, load<u32>(row));
    at = addText(name, at, load<u32>(row, 4));
    at = addText(region, at, load<u32>(row, 8));
  }
  const derived = numbersAt(numbers, 3, count);
  let hasDerived = false;
  for (let i: u32 = 0; i < count; i++) if (derived.at(i) !== 0) hasDerived = true;
  beginOutput();
  writeMapHead(hasDerived ? 8 : 7);
  writeName('rows');
  writeInteger(count);
  writeName('id');
  writeTexts(id);
  writeName('name');
  writeTexts(name);
  writeName('region');
  writeTexts(region);
  writeName('x');
  writeNumbers(numbersAt(numbers, 0, count));
  writeName('y');
  writeNumbers(numbersAt(numbers, 1, count));
  writeName('z');
  writeNumbers(numbersAt(numbers, 2, count));
  if (!hasDerived) return;
  writeName('derived');
  writeNumbers(derived);
}

function addText(column: Column, at: usize, length: u32): usize {
  column.addText(at, length, pointsIn(at, at + length));
  return at + length;
}

/** A column of the numbers. */
function numbersAt(numbers: usize, column: u32, count: u32): Vector<f64> {
  const values = create<Vector<f64>>();
  values.data = numbers + <usize>(column * count) * sizeof<f64>();
  values.length = count;
  return values;
}
