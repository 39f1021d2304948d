/** Writes MessagePack in its shortest form to a buffer that grows. */
import { allocate, copyBytes } from './arena';

const FIRST_BYTES: usize = 65536;
/** The longest head of a value. */
const HEAD: usize = 9;

let start: usize = 0;
let next: usize = 0;
let limit: usize = 0;

/** Begins a new buffer. */
export function beginOutput(): void {
  start = next = allocate(FIRST_BYTES);
  limit = start + FIRST_BYTES;
}

export function outputAt(): usize {
  return start;
}

export function outputLength(): u32 {
  return <u32>(next - start);
}

function reserve(bytes: usize): void {
  if (next + bytes <= limit) return;
  const used = next - start;
  const capacity = max<usize>(2 * (limit - start), used + bytes);
  const buffer = allocate(capacity);
  memory.copy(buffer, start, used);
  start = buffer;
  next = buffer + used;
  limit = buffer + capacity;
}

/** Skips some bytes, which the caller writes before it writes anything else; returns their position. */
export function skipOutput(bytes: u32): usize {
  reserve(bytes);
  next += bytes;
  return next - bytes;
}

export function writeByte(byte: u32): void {
  reserve(1);
  store<u8>(next++, byte);
}

function writeHead16(type: u32, value: u32): void {
  store<u8>(next, type);
  store<u16>(next + 1, bswap<u16>(<u16>value));
  next += 3;
}

function writeHead32(type: u32, value: u32): void {
  store<u8>(next, type);
  store<u32>(next + 1, bswap<u32>(value));
  next += 5;
}

export function writeArrayHead(length: u32): void {
  reserve(HEAD);
  if (length < 16) store<u8>(next++, 0x90 | length);
  else if (length < 65536) writeHead16(0xdc, length);
  else writeHead32(0xdd, length);
}

/** Begins a map of at most 15 fields. */
export function writeMapHead(fields: u32): void {
  writeByte(0x80 | fields);
}

export function writeBytesHead(length: u32): void {
  reserve(HEAD);
  if (length < 256) {
    store<u8>(next, 0xc4);
    store<u8>(next + 1, length);
    next += 2;
  } else if (length < 65536) writeHead16(0xc5, length);
  else writeHead32(0xc6, length);
}

/** Writes a string of UTF-8. */
export function writeText(at: usize, length: u32): void {
  reserve(HEAD + length);
  if (length < 32) store<u8>(next++, 0xa0 | length);
  else if (length < 256) {
    store<u8>(next, 0xd9);
    store<u8>(next + 1, length);
    next += 2;
  } else if (length < 65536) writeHead16(0xda, length);
  else writeHead32(0xdb, length);
  copyBytes(next, at, length);
  next += length;
}

/** Writes the name of a field, in ASCII and of at most 31 characters. */
export function writeName(name: string): void {
  writeByte(0xa0 | name.length);
  for (let i = 0; i < name.length; i++) writeByte(name.charCodeAt(i));
}

/** Writes an integer; one that no integer of 32 bits holds becomes a float64. */
export function writeInteger(value: f64): void {
  reserve(HEAD);
  if (value >= 0 && value < 128) store<u8>(next++, <u32>value);
  else if (value < 0 && value >= -32) store<u8>(next++, <i32>value);
  else if (value >= 0 && value < 256) {
    store<u8>(next, 0xcc);
    store<u8>(next + 1, <u32>value);
    next += 2;
  } else if (value < 0 && value >= -128) {
    store<u8>(next, 0xd0);
    store<u8>(next + 1, <i32>value);
    next += 2;
  } else if (value >= 0 && value < 65536) writeHead16(0xcd, <u32>value);
  else if (value < 0 && value >= -32768) writeHead16(0xd1, <u32>(<i32>value));
  else if (value >= 0 && value < 4294967296) writeHead32(0xce, <u32>value);
  else if (value < 0 && value >= -2147483648) writeHead32(0xd2, <u32>(<i32>value));
  else {
    store<u8>(next, 0xcb);
    store<u64>(next + 1, bswap<u64>(reinterpret<u64>(value)));
    next += 9;
  }
}
