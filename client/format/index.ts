/** The chunk set format, both ways, without I/O. FORMAT.md is its specification. */
export * from './cell.ts';
export * from './chunk.ts';
export * from './cut.ts';
export * from './details.ts';
export * from './index-json.ts';
export * from './json.ts';
export * from './numbers.ts';
export * from './pack.ts';
export * from './record.ts';
export * from './ref.ts';
export * from './sample.ts';
export * from './strings.ts';
export * from './system.ts';
export * from './text.ts';
export * from './tree.ts';
export * from './unpack.ts';
export * from './values.ts';
