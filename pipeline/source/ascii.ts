/** Bytes of JSON's grammar. */
export const NEWLINE = 0x0a;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const ARRAY = 0x5b;
export const BACKSLASH = 0x5c;
export const END_ARRAY = 0x5d;
export const OBJECT = 0x7b;
export const END_OBJECT = 0x7d;
