/**
 * Surveys a record: finds what a build needs of it without making its values. A record is plain if its fields are those
 * of its JSON, with an id and a position of their own; JavaScript takes the others.
 */
import { AXIS, coreField, ID, NAME, OTHER, REGION } from './core-field';
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  byteAt,
  COMMA,
  isDigit,
  QUOTE,
  skipBlanks,
  skipScalar,
  textAt,
  textLength,
  textPoints,
} from './json-reader';
import { MAX_DEPTH, readKey } from './read-values';
import { DERIVED_NAME, DERIVED_REGION, END, RECORD_BYTES, START } from './record-list';

/** Offsets of 32-bit integers in the survey of a record, and its size; a string is its position and its length. */
const IS_PLAIN: usize = 0;
const WEIGHT: usize = 4;
const PLANETS: usize = 8;
const MOONS: usize = 12;
const STATIONS: usize = 16;
const DERIVED: usize = 20;
const ID_TEXT: usize = 24;
const NAME_TEXT: usize = 32;
const REGION_TEXT: usize = 40;
const SURVEY_BYTES: usize = 48;

/** Weight of a value that is not a string. */
const VALUE_WEIGHT: u32 = 4;
const AXES: u32 = 3;

/** Weight of the details of the record so far: client/format/columns/values.ts, `weightOf`. */
let weight: u32 = 0;
let planets: u32 = 0;
let moons: u32 = 0;
let stations: u32 = 0;
let axes: u32 = 0;

/** Surveys a list of records. */
export function surveyRecords(records: usize, count: u32, surveys: usize): void {
  for (let i: u32 = 0; i < count; i++) {
    const record = records + <usize>i * RECORD_BYTES;
    const survey = surveys + <usize>i * SURVEY_BYTES;
    memory.fill(survey, 0, SURVEY_BYTES);
    const end = surveyRecord(<usize>load<u32>(record, START), survey);
    store<u32>(survey, u32(end === <usize>load<u32>(record, END)), IS_PLAIN);
  }
}

/** Returns the end of a record, or 0 if it is not plain. */
function surveyRecord(start: usize, survey: usize): usize {
  weight = VALUE_WEIGHT;
  planets = moons = stations = axes = 0;
  store<u32>(survey, DERIVED_NAME | DERIVED_REGION, DERIVED);
  const brace = skipBlanks(start);
  if (byteAt(brace) !== BRACE_OPEN) return 0;
  let pos = skipBlanks(brace + 1);
  while (true) {
    pos = readKey(pos);
    if (!pos) return 0;
    const field = coreField(textAt, textLength);
    pos = field === OTHER ? surveyField(pos) : surveyCore(pos, field, survey);
    if (!pos) return 0;
    pos = skipBlanks(pos);
    const byte = byteAt(pos++);
    if (byte === BRACE_CLOSE) break;
    if (byte !== COMMA) return 0;
    pos = skipBlanks(pos);
  }
  if (axes !== AXES || !load<u32>(survey, ID_TEXT)) return 0;
  store<u32>(survey, weight, WEIGHT);
  store<u32>(survey, planets, PLANETS);
  store<u32>(survey, moons, MOONS);
  store<u32>(survey, stations, STATIONS);
  return skipBlanks(pos);
}

/** A core field: its own string or number, or else a value that stays in the details. */
function surveyCore(start: usize, field: u32, survey: usize): usize {
  const first = byteAt(start);
  if (field === AXIS) {
    axes++;
    return first === 0x2d || isDigit(first) ? skipScalar(start) : 0;
  }
  if (first === 0x6e && field !== ID) {
    weight += VALUE_WEIGHT;
    return skipScalar(start);
  }
  if (first !== QUOTE) return 0;
  const end = skipScalar(start);
  if (field === REGION) addText(survey, REGION_TEXT, DERIVED_REGION);
  else if (textLength === 0) {
    // An empty name is not a name.
    if (field === ID) return 0;
    weight++;
  } else if (field === NAME) addText(survey, NAME_TEXT, DERIVED_NAME);
  else addText(survey, ID_TEXT, 0);
  return end;
}

function addText(survey: usize, at: usize, derived: u32): void {
  store<u32>(survey + at, <u32>textAt);
  store<u32>(survey + at, textLength, 4);
  store<u32>(survey, load<u32>(survey, DERIVED) & ~derived, DERIVED);
}

/** A field that is not a core field, of the key that was read. */
function surveyField(start: usize): usize {
  const first = byteAt(start);
  if (isLegacy()) return 0;
  if (isText('type')) {
    // A Feature of GeoJSON has its fields elsewhere.
    const end = skipValue(start, 1);
    return end && first === QUOTE && (isText('Feature') || isText('region')) ? 0 : end;
  }
  if (isText('planets') && first === BRACKET_OPEN) return surveyPlanets(start);
  if (isText('moons') && first === BRACKET_OPEN) return skipList(start, 1, true);
  if (isText('space_station') && first === BRACE_OPEN) stations = 1;
  return skipValue(start, 1);
}

/** Whether a key has another name today: client/format/record/normalise.ts. */
function isLegacy(): bool {
  return (
    isText('x_cords') ||
    isText('y_cords') ||
    isText('z_cords') ||
    isText('fauna #') ||
    isText('flura #') ||
    isText('Sentinel level') ||
    isText('Materials') ||
    isText('Base location')
  );
}

/** Whether the last string is a string in ASCII. */
function isText(text: string): bool {
  if (textLength !== <u32>text.length) return false;
  for (let i: u32 = 0; i < textLength; i++) if (byteAt(textAt + i) !== <u32>text.charCodeAt(i)) return false;
  return true;
}

function surveyPlanets(start: usize): usize {
  weight += VALUE_WEIGHT;
  let pos = skipBlanks(start + 1);
  if (byteAt(pos) === BRACKET_CLOSE) return pos + 1;
  while (true) {
    planets++;
    pos = byteAt(pos) === BRACE_OPEN ? skipObject(pos, 2, true) : skipValue(pos, 2);
    if (!pos) return 0;
    pos = skipBlanks(pos);
    const byte = byteAt(pos++);
    if (byte === BRACKET_CLOSE) return pos;
    if (byte !== COMMA) return 0;
    pos = skipBlanks(pos);
  }
}

/** Position after a value at a depth, whose weight is added. */
function skipValue(start: usize, depth: u32): usize {
  const first = byteAt(start);
  if (first === BRACE_OPEN) return skipObject(start, depth, false);
  if (first === BRACKET_OPEN) return skipList(start, depth, false);
  const end = skipScalar(start);
  weight += first === QUOTE ? textPoints + 1 : VALUE_WEIGHT;
  return end;
}

/** @param isPlanet whether an array `moons` counts */
function skipObject(start: usize, depth: u32, isPlanet: bool): usize {
  if (depth >= MAX_DEPTH) return 0;
  weight += VALUE_WEIGHT;
  let pos = skipBlanks(start + 1);
  if (byteAt(pos) === BRACE_CLOSE) return pos + 1;
  while (true) {
    pos = readKey(pos);
    if (!pos) return 0;
    const areMoons = isPlanet && byteAt(pos) === BRACKET_OPEN && isText('moons');
    pos = areMoons ? skipList(pos, depth + 1, true) : skipValue(pos, depth + 1);
    if (!pos) return 0;
    pos = skipBlanks(pos);
    const byte = byteAt(pos++);
    if (byte === BRACE_CLOSE) return pos;
    if (byte !== COMMA) return 0;
    pos = skipBlanks(pos);
  }
}

/** @param areMoons whether its elements are moons, which are counted */
function skipList(start: usize, depth: u32, areMoons: bool): usize {
  if (depth >= MAX_DEPTH) return 0;
  weight += VALUE_WEIGHT;
  let pos = skipBlanks(start + 1);
  if (byteAt(pos) === BRACKET_CLOSE) return pos + 1;
  while (true) {
    moons += u32(areMoons);
    pos = skipValue(pos, depth + 1);
    if (!pos) return 0;
    pos = skipBlanks(pos);
    const byte = byteAt(pos++);
    if (byte === BRACKET_CLOSE) return pos;
    if (byte !== COMMA) return 0;
    pos = skipBlanks(pos);
  }
}
