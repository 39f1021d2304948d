/** Opens the inputs of a build. */
import { fileInput, inputOf, textFile } from '#pipeline/source/index.ts';
import type { Input } from '#pipeline/source/source-types.ts';
import type { PlannedInput } from './task.ts';

/** An input of a plan. What the plan knows of a text file is not asked for again: a build can have 100,000 of them. */
export function openInput({ file, path, size }: PlannedInput, index: number): Promise<Input> | Input {
  if (path === undefined) return inputOf(file, index);
  return size === undefined ? fileInput(path, index) : textFile(path, index, size);
}
