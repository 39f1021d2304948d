/** Finds systems of one id, however many there are: ids go through the external sort, exact ids decide. */
import { ID_ORIGINS, type IdOrigin } from '../client/format/normalise.ts';
import { InputError } from './errors.ts';
import { ExternalSort } from './sort.ts';

/** What happens where two systems have one id. */
export type DuplicatePolicy = 'error' | 'first' | 'last';

export interface IdSighting {
  readonly id: string;
  readonly origin: IdOrigin;
  /** Place in the order of the input. */
  readonly sequence: number;
  readonly bucket: number;
  readonly input: number;
  readonly line: number;
  readonly offset: number;
}

/** Systems that are not to be built, by sequence, and how many of each bucket. */
export interface KillList {
  readonly sequences: ReadonlySet<number>;
  readonly byBucket: ReadonlyMap<number, number>;
}

export class DuplicateFinder {
  readonly #sort: ExternalSort;
  readonly #policy: DuplicatePolicy;
  readonly #files: readonly string[];

  /**
   * @param path file for the external sort
   * @param files names of the inputs, for messages
   */
  constructor(path: string, policy: DuplicatePolicy, files: readonly string[]) {
    this.#sort = new ExternalSort(path, 6);
    this.#policy = policy;
    this.#files = files;
  }

  add({ id, origin, sequence, bucket, input, line, offset }: IdSighting): void {
    this.#sort.add([id], [sequence, bucket, ID_ORIGINS.indexOf(origin), input, line, offset]);
  }

  /**
   * The losers. Equal records without an id collapse into their first; an explicit id wins over a derived one;
   * then the policy decides.
   * @throws InputError naming both places, where the policy is `error`
   */
  losers(): KillList {
    const sequences = new Set<number>();
    const byBucket = new Map<number, number>();
    for (const group of this.#sort.groups()) {
      if (group.length === 1) continue;
      const sightings = group.map(entry => this.#sighting(entry.key[0]!, entry.numbers));
      const winner = this.#winner(sightings);
      for (const { sequence, bucket } of sightings) {
        if (sequence === winner.sequence) continue;
        sequences.add(sequence);
        byBucket.set(bucket, (byBucket.get(bucket) ?? 0) + 1);
      }
    }
    return { sequences, byBucket };
  }

  close(): void {
    this.#sort.close();
  }

  #winner(sightings: IdSighting[]): IdSighting {
    sightings.sort((a, b) => a.sequence - b.sequence);
    if (sightings.every(({ origin }) => origin === 'content')) return sightings[0]!;
    const own = sightings.filter(({ origin }) => origin === 'own');
    const candidates = own.length > 0 ? own : sightings;
    if (candidates.length > 1 && this.#policy === 'error') {
      const [first, second] = candidates as [IdSighting, IdSighting];
      throw new InputError(
        `${this.#place(second)}: field id: "${first.id}" is taken already by the system at ${this.#place(first)}. ` +
          'Give each system an id of its own, or say which to keep with --on-duplicate first|last',
      );
    }
    return candidates.at(this.#policy === 'first' ? 0 : -1)!;
  }

  #place({ input, line, offset }: IdSighting): string {
    return `${this.#files[input]}, line ${line}, byte ${offset}`;
  }

  #sighting(id: string, values: readonly number[]): IdSighting {
    const [sequence, bucket, origin, input, line, offset] = values as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return { id, origin: ID_ORIGINS[origin]!, sequence, bucket, input, line, offset };
  }
}
