/**
 * Memory of the engine: handed out in order, and freed all at once by `reset`. It grows to the needs of the largest
 * call and is then used again; there is no garbage collector.
 */

const PAGE_BITS: u32 = 16;
/** Pages that are added beyond the need, so that memory grows rarely. */
const SPARE_PAGES: i32 = 64;

let top: usize = 0;
let gaveUp = false;

/** Frees all memory. */
export function reset(): void {
  top = (__heap_base + 15) & ~15;
}

/** Ends a call by a trap: its records cost more than they may, and JavaScript takes them. */
export function giveUp(): void {
  gaveUp = true;
  unreachable();
}

/** Whether a trap is that of `giveUp`: any other trap is a fault of the engine. */
export function hasGivenUp(): bool {
  return gaveUp;
}

/** Returns memory of some bytes, aligned to 16. Gives up if there is no more. */
export function allocate(size: usize): usize {
  const start = top;
  const end = <u64>start + ((<u64>size + 15) & ~15);
  const missing = <i32>((end >> PAGE_BITS) + 1) - memory.size();
  if (missing > 0 && memory.grow(missing + SPARE_PAGES) < 0 && memory.grow(missing) < 0) giveUp();
  top = <usize>end;
  return start;
}

/** Returns memory of some bytes, all 0. */
export function allocateZeros(size: usize): usize {
  const start = allocate(size);
  memory.fill(start, 0, size);
  return start;
}

/** A new object of a class without a garbage collector, with all fields 0. */
export function create<T>(): T {
  return changetype<T>(allocateZeros(offsetof<T>()));
}

/** Copies a few bytes: faster than `memory.copy` for short strings. */
export function copyBytes(to: usize, from: usize, length: u32): void {
  for (; length >= 8; to += 8, from += 8, length -= 8) store<u64>(to, load<u64>(from));
  if (length & 4) {
    store<u32>(to, load<u32>(from));
    to += 4;
    from += 4;
  }
  if (length & 2) {
    store<u16>(to, load<u16>(from));
    to += 2;
    from += 2;
  }
  if (length & 1) store<u8>(to, load<u8>(from));
}

/** Compares two texts. It reads up to seven bytes after each. */
export function equalBytes(a: usize, b: usize, length: u32): bool {
  for (; length > 8; a += 8, b += 8, length -= 8) if (load<u64>(a) !== load<u64>(b)) return false;
  return fewBytes(a, length) === fewBytes(b, length);
}

/** The bytes of a text of at most eight. It reads up to seven bytes after the text. */
export function fewBytes(at: usize, length: u32): u64 {
  return length === 0 ? 0 : load<u64>(at) << (64 - 8 * length);
}

/** A growing array of numbers or of references. */
@unmanaged
export class Vector<T> {
  length: u32;
  capacity: u32;
  data: usize;

  at(index: u32): T {
    return load<T>(this.data + ((<usize>index) << alignof<T>()));
  }

  push(value: T): void {
    if (this.length === this.capacity) this.grow();
    store<T>(this.data + ((<usize>this.length) << alignof<T>()), value);
    this.length++;
  }

  private grow(): void {
    const capacity = this.capacity ? this.capacity * 2 : 16;
    const data = allocate((<usize>capacity) << alignof<T>());
    memory.copy(data, this.data, (<usize>this.length) << alignof<T>());
    this.data = data;
    this.capacity = capacity;
  }
}
