import { borrow } from '#pipeline/spill/reused-memory.ts';

/** Returns the sizes of the buffers that are kept for other tasks, and keeps them no longer. */
export function takeKept(): number[] {
  const sizes: number[] = [];
  for (let { length } = borrow(1); length > 1; { length } = borrow(1)) sizes.push(length);
  return sizes;
}
