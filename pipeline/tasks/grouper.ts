/** Groups claims by id, decides which records are dropped, and counts the systems that remain in each bucket. */
import { noBounds, type OpenBounds, widen } from '#format/geometry/bounds.ts';
import { hashText } from '#format/utf8.ts';
import { InputError } from '#pipeline/errors.ts';
import { OverviewBound } from '#pipeline/octree/overview-bound.ts';
import { placeFields } from '#pipeline/source/source-location.ts';
import type { Reject, SourceLocation } from '#pipeline/source/source-types.ts';
import { JsonLines, readJsonLines } from '#pipeline/spill/json-lines.ts';
import { RecordGatherer } from '#pipeline/spill/record-runs.ts';
import type { Sorted } from '#pipeline/spill/sort-entries.ts';
import type { Store } from '#pipeline/store/store.ts';
import { type Claim, ClaimMemory } from './claims.ts';
import { IdGroup } from './duplicates.ts';
import { Identities } from './identities.ts';
import type { MapResult } from './map.ts';
import type { TaskContext } from './task.ts';

export const droppedRun = (run: number) => `group/dropped-${run}`;
const duplicateRun = (run: number) => `group/duplicates-${run}`;

/** Counts of a bucket, while claims are read. */
interface Tally {
  systems: number;
  readonly bounds: OpenBounds;
}

/** Reads the claims in order of id, then of the input. */
export class Grouper {
  readonly #context: TaskContext;
  readonly #maps: readonly MapResult[];
  readonly #firstLines: readonly number[];
  readonly #tallies = new Map<string, Tally>();
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #drops = new RecordGatherer();
  readonly #duplicates = new JsonLines();
  /** The memory of the last claim, unless its group is closed; its entry stays in its batch. */
  #last: ClaimMemory | undefined;
  #lastStart = 0;
  #group: IdGroup<Claim> | undefined;
  /** Hash of the bytes of the records in the group, while all are equal. */
  #groupBytes: string | undefined;
  readonly #identities: Identities;
  readonly overview = new OverviewBound();
  droppedRuns = 0;
  duplicateRuns = 0;
  dropped = 0;
  identical = 0;

  constructor(context: TaskContext, maps: readonly MapResult[], firstLines: readonly number[]) {
    this.#context = context;
    this.#maps = maps;
    this.#firstLines = firstLines;
    this.#identities = new Identities(context.run, maps);
  }

  /** Counts of a bucket, if it has systems. */
  tally(name: string): Tally | undefined {
    return this.#tallies.get(name);
  }

  async take({ arena, order }: Sorted): Promise<void> {
    const claims = new ClaimMemory(arena);
    for (let i = 0; i < order.length; i++) {
      const start = order[i]!;
      const last = this.#last;
      if (last && claims.hasSameId(start, last, this.#lastStart)) {
        this.#group ??= this.#newGroup(last.claim(this.#lastStart));
        await this.#add(this.#group, claims.claim(start));
      } else {
        this.close();
      }
      this.#last = claims;
      this.#lastStart = start;
    }
  }

  #newGroup(first: Claim): IdGroup<Claim> {
    this.#groupBytes = first.content;
    return new IdGroup(first, this.#context.plan.onDuplicate);
  }

  /** Reads records whose bytes differ: the systems can still be identical. */
  async #add(group: IdGroup<Claim>, claim: Claim): Promise<void> {
    let next = claim;
    if (claim.content !== this.#groupBytes) {
      if (this.#groupBytes !== undefined) group.setContent(await this.#identities.of(group.kept));
      this.#groupBytes = undefined;
      next = { ...claim, content: await this.#identities.of(claim) };
    }
    const { dropped, identical } = group.add(next);
    this.#drop(dropped);
    if (identical) this.identical++;
    else this.#duplicates.add(this.#duplicate(dropped));
  }

  /**
   * Ends the group of an id.
   * @throws InputError if the policy does not decide which of its systems is kept
   */
  close(): void {
    const group = this.#group;
    const last = this.#last;
    this.#group = undefined;
    this.#last = undefined;
    if (group?.isConflict) throw this.#conflict(group.first, group.rival!);
    if (group) {
      const { split, bucket, x, y, z } = group.kept;
      widen(this.#count(split, bucket, hashText(group.kept.id)), x, y, z);
    } else if (last) {
      const start = this.#lastStart;
      const bounds = this.#count(last.split(start), last.bucket(start), last.idHash(start));
      widen(bounds, last.x(start), last.y(start), last.z(start));
    }
  }

  async writeDropped(all = false): Promise<void> {
    const { run, plan } = this.#context;
    const limit = all ? 0 : plan.taskBytes;
    if (this.#drops.bytes > limit)
      await run.put(droppedRun(this.droppedRuns++), this.#drops.takeRun(this.#names));
    if (this.#duplicates.isFull || (all && !this.#duplicates.isEmpty))
      await run.put(duplicateRun(this.duplicateRuns++), this.#duplicates.take());
  }

  /**
   * Counts a system; returns the bounds of its bucket.
   * @param hash of the id
   */
  #count(split: number, bucket: number, hash: number): OpenBounds {
    this.overview.add(hash);
    const name = this.#maps[split]!.buckets[bucket]!;
    let tally = this.#tallies.get(name);
    if (!tally) {
      tally = { systems: 0, bounds: noBounds() };
      this.#tallies.set(name, tally);
    }
    tally.systems++;
    return tally.bounds;
  }

  #drop({ split, bucket, position, x, y, z }: Claim): void {
    this.dropped++;
    const name = this.#maps[split]!.buckets[bucket]!;
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#names.push(name) - 1;
      this.#numbers.set(name, number);
    }
    const bytes = Buffer.alloc(0);
    this.#drops.add({ position, x, y, z, key: String(split), region: undefined, bytes }, number);
  }

  #conflict(first: Claim, rival: Claim): InputError {
    return new InputError(
      `${this.#locationText(rival)}: field id: "${first.id}" is already the id of a different system at ` +
        `${this.#locationText(first)}: give each system a different id, or choose which to keep with --on-duplicate first|last`,
      {
        ...placeFields(this.#locationOf(rival)),
        field: 'id',
        reason: 'another system has this id',
        found: first.id,
      },
    );
  }

  #duplicate(claim: Claim): Reject {
    const reason = `a different system with the id "${claim.id}" is kept: give each system a different id`;
    return { location: this.#locationOf(claim), field: 'id', reason };
  }

  #locationText(claim: Claim): string {
    const { file, line, offset } = this.#locationOf(claim);
    return line > 0 ? `${file}, line ${line}, byte ${offset}` : `${file}, row ${offset}`;
  }

  #locationOf({ split, position, line, column, offset }: Claim): SourceLocation {
    const { inputs } = this.#maps[split]!;
    // The last input that begins at or before the record; those without records begin where the next one does.
    const place = lastAtMost(inputs, position);
    const input = this.#context.plan.splits[split]!.input + place;
    const lineOfFile = line > 0 ? this.#firstLines[split]! - 1 + line : 0;
    return { file: inputs[place]!.file, input, offset, line: lineOfFile, column };
  }
}

/** Index of the last input that begins at or before a position. */
function lastAtMost(inputs: MapResult['inputs'], position: number): number {
  let [low, high] = [0, inputs.length];
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (inputs[middle]!.position <= position) low = middle;
    else high = middle;
  }
  return low;
}

/** The systems that were dropped because a different system with the same id is kept, in order of id. */
export async function* readDuplicates(
  run: Store,
  { duplicateRuns }: Pick<Grouper, 'duplicateRuns'>,
): AsyncGenerator<Reject, void, undefined> {
  for (let i = 0; i < duplicateRuns; i++) yield* readJsonLines<Reject>(run, duplicateRun(i));
}
