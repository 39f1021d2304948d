/** Which colour a system has by one of its fields: the entries of the legend, and a slot of the palette for each value. */
import type { FacetValue, FacetValueCount } from '#client/index.ts';
import { colourOfText, HUES, hashOf, NAMED, NO_VALUE, RAMP, SPECTRAL } from './colours.ts';
import type { FacetChoice } from './filters.ts';

/** An entry of the legend. */
export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  /** Number of its systems, if it is known. */
  readonly systems: number | undefined;
  /** The filter that it sets; undefined where the set cannot filter by it. */
  readonly choice: FacetChoice | undefined;
}

export interface ColourScheme {
  readonly field: string;
  readonly entries: readonly LegendEntry[];
  /** Number of values that the legend leaves out. */
  readonly others: number;
  /** Colour of each slot, at most 256. */
  readonly colours: readonly string[];
  /** The slot of a system with these values; the first that the legend has counts. */
  slotOf(values: readonly FacetValue[]): number;
}

/** Slot of systems without a value. */
const NONE = 0;
const LEGEND_ENTRIES = 12;
/** Slots for values that the legend leaves out begin here. */
const HASHED = 128;
const SPECTRAL_VALUE = /^(?:sd|d|esd)?([OBAFGKMLTYDCSW])(?:[\dABCOQZ?]|$)/;

/** Values of a field, as far as they are known. */
export interface FieldValues {
  readonly field: string;
  /** Values with the numbers of their systems in the set, or in a sample of it. */
  readonly counts: readonly FacetValueCount[];
  /** Whether the counts are those of all systems. */
  readonly isExact: boolean;
  /** Whether the set can filter by the field. */
  readonly isFacet: boolean;
}

/** Chooses the colours of a field by the kind of its values. */
export function colourScheme(values: FieldValues): ColourScheme {
  const { counts } = values;
  const numbers = counts.filter(({ value }) => typeof value === 'number');
  if (numbers.length > LEGEND_ENTRIES && numbers.length === counts.length) return numberScheme(values);
  if (isSpectral(counts)) return spectralScheme(values);
  return valueScheme(values);
}

/** Whether most systems have a spectral type, such as "G2V". */
export function isSpectral(counts: readonly FacetValueCount[]): boolean {
  const spectral = counts.filter(({ value }) => SPECTRAL_VALUE.test(String(value)));
  return sumOf(spectral) > 0.6 * sumOf(counts);
}

function valueScheme({ field, counts, isExact, isFacet }: FieldValues): ColourScheme {
  const byCount = counts.toSorted((a, b) => b.systems - a.systems || compareLabels(a.value, b.value));
  const top = byCount.slice(0, LEGEND_ENTRIES);
  const named = top.filter(({ value }) => NAMED[String(value).toLowerCase()]);
  const isNamed = sumOf(named) > 0.6 * sumOf(top);
  const colourOf = (value: FacetValue, index: number) =>
    (isNamed ? NAMED[String(value).toLowerCase()] : undefined) ?? HUES[index % HUES.length]!;
  const entries = top.map(({ value, systems }, index) => ({
    label: String(value) || '(empty)',
    colour: colourOf(value, index),
    systems: isExact ? systems : undefined,
    choice: isFacet ? { values: [value] } : undefined,
  }));
  const slots = new Map(top.map(({ value }, index) => [value, index + 1]));
  const colours: string[] = [NO_VALUE, ...entries.map(entry => entry.colour)];
  for (let slot = HASHED; slot < 256; slot++) colours[slot] = colourOfText(`slot ${slot}`);
  return {
    field,
    entries,
    others: counts.length - top.length,
    colours: Array.from(colours, colour => colour ?? NO_VALUE),
    slotOf(values) {
      for (const value of values) {
        const slot = slots.get(value);
        if (slot !== undefined) return slot;
      }
      return values.length > 0 ? HASHED + (hashOf(String(values[0])) % (256 - HASHED)) : NONE;
    },
  };
}

/** Groups types such as "G2V" by the class of the star. */
function spectralScheme({ field, counts, isExact, isFacet }: FieldValues): ColourScheme {
  const classes = [...'OBAFGKMLTYDCSW'];
  const groups = new Map(classes.map(name => [name, [] as FacetValueCount[]]));
  for (const count of counts) groups.get(classOf(count.value) ?? '')?.push(count);
  const shown = classes.filter(name => groups.get(name)!.length > 0);
  return {
    field,
    entries: shown.map(name => ({
      label: name === 'D' ? 'D: white dwarfs' : name,
      colour: SPECTRAL[name]!,
      systems: isExact ? sumOf(groups.get(name)!) : undefined,
      choice: isFacet ? { values: groups.get(name)!.map(({ value }) => value) } : undefined,
    })),
    others: 0,
    colours: [NO_VALUE, ...classes.map(name => SPECTRAL[name]!)],
    slotOf(values) {
      for (const value of values) {
        const name = classOf(value);
        if (name !== undefined) return classes.indexOf(name) + 1;
      }
      return NONE;
    },
  };
}

/** Equal parts of the systems, in steps with few digits. */
function numberScheme({ field, counts, isExact, isFacet }: FieldValues): ColourScheme {
  const ascending = (counts as readonly { value: number; systems: number }[]).toSorted(
    (a, b) => a.value - b.value,
  );
  const total = sumOf(ascending);
  const [lowest, highest] = [ascending[0]!.value, ascending.at(-1)!.value];
  // A quarter of an even step.
  const tolerance = (highest - lowest) / (4 * RAMP.length);
  const steps: number[] = [];
  let before = 0;
  for (const { value, systems } of ascending) {
    if (before >= (total * (steps.length + 1)) / RAMP.length && steps.length < RAMP.length - 1) {
      const step = shortNumber(value, tolerance);
      if (step > (steps.at(-1) ?? lowest)) steps.push(step);
    }
    before += systems;
  }
  const bins = [undefined, ...steps].map((from, index) => ({ from, to: steps[index] }));
  const binOf = (value: number) => bins.findIndex(({ to }) => to === undefined || value < to);
  return {
    field,
    entries: bins.map(({ from, to }, index) => ({
      label: from === undefined ? `below ${to}` : to === undefined ? `${from} and above` : `${from} to ${to}`,
      colour: RAMP[index]!,
      systems: isExact ? sumOf(ascending.filter(({ value }) => binOf(value) === index)) : undefined,
      choice: isFacet ? { from, to } : undefined,
    })),
    others: 0,
    colours: [NO_VALUE, ...RAMP],
    slotOf(values) {
      const value = values.find(value => typeof value === 'number');
      return value === undefined ? NONE : binOf(value) + 1;
    },
  };
}

/** The number with the fewest digits, at least two, that is within a tolerance of a value. */
function shortNumber(value: number, tolerance: number): number {
  for (let digits = 2; digits < 17; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.abs(short - value) <= tolerance) return short;
  }
  return value;
}

function classOf(value: FacetValue): string | undefined {
  return SPECTRAL_VALUE.exec(String(value))?.[1];
}

function sumOf(counts: readonly { readonly systems: number }[]): number {
  return counts.reduce((sum, { systems }) => sum + systems, 0);
}

function compareLabels(a: FacetValue, b: FacetValue): number {
  return String(a) < String(b) ? -1 : 1;
}
