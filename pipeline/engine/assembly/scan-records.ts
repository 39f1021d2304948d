/**
 * Scans records in JSON: decides whether JavaScript would accept them (parsing, checks, normalising), and finds what
 * the task `map` needs of each. It accepts only where it is certain; JavaScript decides about the others.
 */
import { number, readNumber } from './json-number';
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_OPEN,
  byteAt,
  COMMA,
  isDigit,
  QUOTE,
  skipBlanks,
} from './json-reader';
import { sipHash } from './sip-hash';
import { isEscaped, points, skipString } from './skip-string';
import {
  beginValues,
  hasIndexKey,
  isText,
  keyLength,
  keysEnd,
  listLength,
  moons,
  skipKey,
  skipList,
  skipNumber,
  skipValue,
  weight,
} from './skip-value';

/** Bytes of a row, and offsets in it. */
const ROW: usize = 64;
const ID: usize = 24;
const NAME: usize = 32;
const REGION: usize = 40;
const WEIGHT: usize = 48;
const PLANETS: usize = 52;
const MOONS: usize = 56;
const FLAGS: usize = 60;

/** Flags of a row. */
const ACCEPTED: u32 = 1;
const NAMED: u32 = 2;
const PLAIN: u32 = 4;
const STATION: u32 = 8;
const ESCAPED: u32 = 16;
const NUMBERED: u32 = 32;

/** Weight of a record's object of details. */
const OBJECT_WEIGHT: u32 = 4;
const NUMBER_WEIGHT: u32 = 4;
/** Digits of an integer that is the same as a float64. */
const SAFE_DIGITS: usize = 15;

/** Fields of a record, as bits. */
const X: u32 = 1;
const Y: u32 = 2;
const Z: u32 = 4;
const OWN_ID: u32 = 8;
const NEEDED: u32 = X | Y | Z | OWN_ID;

let recordStart: usize = 0;
let row: usize = 0;
/** Coordinates and id of the record. */
let fields: u32 = 0;
/** Weight of name and region, which are not in the details. */
let ownWeight: u32 = 0;
/** Weight of an id that is a number: it is in the details too. */
let idWeight: u32 = 0;
let flags: u32 = 0;

/**
 * Scans records.
 * @param list position and length of each record
 * @param rows a row for each; of one that is refused, all bytes are 0
 * @param hashes a hash of the bytes of each that is accepted, of 64 bits
 */
export function scanRecords(list: usize, count: u32, rows: usize, hashes: usize): void {
  memory.fill(rows, 0, count * ROW);
  for (let i: u32 = 0; i < count; i++, list += 8, rows += ROW, hashes += 8) {
    const start: usize = load<u32>(list);
    const length = load<u32>(list, 4);
    row = rows;
    if (scanRecord(start) === start + length && (fields & NEEDED) === NEEDED) {
      if (hasIndexKey) flags &= ~PLAIN;
      store<u32>(rows, OBJECT_WEIGHT + weight + idWeight - ownWeight, WEIGHT);
      store<u32>(rows, load<u32>(rows, MOONS) + moons, MOONS);
      store<u32>(rows, flags | ACCEPTED, FLAGS);
      store<u64>(hashes, sipHash(start, length));
    } else memory.fill(rows, 0, ROW);
  }
}

function scanRecord(start: usize): usize {
  beginValues();
  recordStart = start;
  fields = 0;
  ownWeight = 0;
  idWeight = 0;
  flags = PLAIN;
  if (byteAt(start) !== BRACE_OPEN) return 0;
  const keys = keysEnd();
  let pos = skipBlanks(start + 1);
  while (true) {
    const key = pos + 1;
    pos = skipKey(pos, keys);
    if (!pos) return 0;
    pos = scanMember(key, pos);
    if (!pos) return 0;
    pos = skipBlanks(pos);
    const byte = byteAt(pos);
    if (byte === COMMA) {
      pos = skipBlanks(pos + 1);
      continue;
    }
    return byte === BRACE_CLOSE ? pos + 1 : 0;
  }
}

/** Reads the value of the member whose key begins at `key`. */
function scanMember(key: usize, value: usize): usize {
  switch (keyLength) {
    case 1: {
      const axis = byteAt(key) - 0x78;
      if (axis < 3) return scanCoordinate(value, axis);
      break;
    }
    case 2:
      if (isText(key, keyLength, 'id')) return scanId(value);
      break;
    case 4:
      if (isText(key, keyLength, 'name')) return scanText(value, NAME, true);
      if (isText(key, keyLength, 'type')) return scanType(value);
      break;
    case 5:
      if (isText(key, keyLength, 'moons')) return scanMoons(value);
      break;
    case 6:
      if (isText(key, keyLength, 'region')) return scanText(value, REGION, false);
      break;
    case 7:
      if (isText(key, keyLength, 'planets')) return scanPlanets(value);
      break;
    case 13:
      if (isText(key, keyLength, 'space_station') && byteAt(value) === BRACE_OPEN) flags |= STATION;
      break;
  }
  if (isLegacy(key)) flags &= ~PLAIN;
  return skipValue(value, 1);
}

/** True for the names of older versions of the application. */
function isLegacy(key: usize): bool {
  switch (keyLength) {
    case 7:
      return (
        isText(key, keyLength, 'x_cords') ||
        isText(key, keyLength, 'y_cords') ||
        isText(key, keyLength, 'z_cords') ||
        isText(key, keyLength, 'fauna #') ||
        isText(key, keyLength, 'flura #')
      );
    case 9:
      return isText(key, keyLength, 'Materials');
    case 13:
      return isText(key, keyLength, 'Base location');
    case 14:
      return isText(key, keyLength, 'Sentinel level');
    default:
      return false;
  }
}

function scanCoordinate(value: usize, axis: u32): usize {
  const end = readNumber(value);
  store<f64>(row + ((<usize>axis) << 3), number);
  fields |= X << axis;
  return end;
}

/** Reads an id: a string that is not empty and has no escape, or a natural number. */
function scanId(value: usize): usize {
  let start = value;
  let end: usize = 0;
  let length: usize = 0;
  if (byteAt(value) === QUOTE) {
    start++;
    end = skipString(start);
    if (!end || isEscaped) return 0;
    length = end - 1 - start;
  } else {
    end = skipNumber(start);
    if (!end) return 0;
    length = end - start;
    if (length > SAFE_DIGITS) return 0;
    for (let pos = start; pos < end; pos++) if (!isDigit(byteAt(pos))) return 0;
    flags |= NUMBERED;
    idWeight = NUMBER_WEIGHT;
  }
  if (length === 0) return 0;
  setSlice(ID, start, length);
  fields |= OWN_ID;
  return end;
}

/** Reads a name or a region. Nested values are refused; of other scalars than strings and null JavaScript makes a string. */
function scanText(value: usize, slice: usize, isName: bool): usize {
  const byte = byteAt(value);
  if (byte === BRACE_OPEN || byte === BRACKET_OPEN) return 0;
  const end = skipValue(value, 1);
  if (!end) return 0;
  if (byte !== QUOTE) {
    if (byte === 0x6e) return end; // null
    flags &= ~PLAIN;
    if (isName) flags |= NAMED;
    return end;
  }
  const length = end - value - 2;
  if (isName) {
    // An empty name counts as none.
    if (length === 0) return end;
    flags |= NAMED;
  }
  ownWeight += points + 1;
  if (isEscaped) flags |= ESCAPED;
  setSlice(slice, value + 1, length);
  return end;
}

/** Refuses the types whose records are not systems, or have another form. */
function scanType(value: usize): usize {
  const end = skipValue(value, 1);
  if (!end || byteAt(value) !== QUOTE) return end;
  const length = <u32>(end - value - 2);
  return isEscaped || isText(value + 1, length, 'region') || isText(value + 1, length, 'Feature') ? 0 : end;
}

function scanMoons(value: usize): usize {
  const end = skipValue(value, 1);
  store<u32>(row, load<u32>(row, MOONS) + listLength, MOONS);
  return end;
}

function scanPlanets(value: usize): usize {
  if (byteAt(value) !== BRACKET_OPEN) return skipValue(value, 1);
  const end = skipList(value + 1, 1, true);
  store<u32>(row, listLength, PLANETS);
  return end;
}

function setSlice(slice: usize, start: usize, length: usize): void {
  store<u32>(row + slice, <u32>(start - recordStart));
  store<u32>(row + slice, <u32>length, 4);
}
