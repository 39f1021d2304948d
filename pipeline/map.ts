/** The task `map`: every input record is normalised once, and set aside in the bucket of its place. */
import { hash } from 'node:crypto';
import { identityText } from '../client/format/identity.ts';
import type { JsonValue, System } from '../client/format/index.ts';
import type { IdOrigin } from '../client/format/normalise.ts';
import { DuplicateFinder, type IdSighting, type KillList } from './duplicates.ts';
import { normalise } from './normalise.ts';
import { Partition } from './partition.ts';
import type { BuildPlan } from './plan.ts';
import { readRecords } from './source/index.ts';
import type { Place, RawRecord, Reject } from './source/types.ts';
import { Spill, type SpilledRecord } from './spill.ts';

type Claim = Pick<IdSighting, 'id' | 'origin' | 'content'>;

/** Base64 characters kept of a SHA-256: 96 bits, compared among systems of one id only. */
const HASH_CHARS = 16;

/** What is told while records are read. */
export interface MapEvents {
  onReject?(reject: Reject): void;
  onSkip?(place: Place, why: string): void;
  /** Records and bytes read so far, and all bytes there are, where that is known. */
  onProgress?(records: number, bytes: number, totalBytes: number | undefined): void;
}

export interface Mapped {
  readonly spill: Spill;
  readonly killed: KillList;
  /** Records accepted, the killed included. */
  readonly accepted: number;
  readonly rejected: number;
  readonly skipped: number;
  /** The first rejects, for messages. */
  readonly examples: readonly Reject[];
  readonly metas: readonly JsonValue[];
}

const EXAMPLES = 3;

/**
 * @param scratch folder for what does not fit into memory
 * @throws InputError for malformed input, and for ids used twice where the plan forbids them
 */
export async function mapRecords(
  plan: BuildPlan,
  scratch: string,
  events: MapEvents,
  signal: AbortSignal | undefined,
): Promise<Mapped> {
  const spill = new Spill(`${scratch}/records`, plan.spillBytes);
  const finder = new DuplicateFinder(
    `${scratch}/ids`,
    plan.onDuplicate,
    plan.inputs.map(input => input.file),
  );
  const router = new Router(plan, spill, finder);
  const metas: JsonValue[] = [];
  const examples: Reject[] = [];
  let records = 0;
  let rejected = 0;
  let skipped = 0;
  const reject = (refused: Reject) => {
    rejected++;
    if (examples.length < EXAMPLES) examples.push(refused);
    events.onReject?.(refused);
  };
  const skip = (place: Place, why: string) => {
    skipped++;
    events.onSkip?.(place, why);
  };
  let doneBytes = 0;
  const sizes = plan.inputs.map(input => input.size);
  const total = sizes.every(size => size !== undefined)
    ? sizes.reduce((sum, size) => sum + size, 0)
    : undefined;
  try {
    for (const input of plan.inputs) {
      let bytes = 0;
      const batches = readRecords(
        input,
        {
          onMeta: meta => metas.push(meta),
          onSkip: skip,
          onReject: reject,
          onProgress: read => {
            bytes = read;
          },
        },
        { signal },
      );
      for await (const batch of batches) {
        for (const raw of batch) {
          const outcome = normalise(raw);
          if (outcome.kind === 'system') router.add(raw, outcome.system, outcome.origin);
          else if (outcome.kind === 'skip') skip(raw.place, outcome.why);
          else reject({ ...outcome, place: raw.place });
        }
        records += batch.length;
        events.onProgress?.(records, doneBytes + bytes, total);
      }
      doneBytes += bytes;
    }
    router.finish();
    const killed = finder.losers();
    return { spill, killed, accepted: router.accepted, rejected, skipped, examples, metas };
  } catch (error) {
    spill.close();
    throw error;
  } finally {
    finder.close();
  }
}

/** Holds the first records back until there are enough of them to divide space by. */
class Router {
  readonly #plan: BuildPlan;
  readonly #spill: Spill;
  readonly #finder: DuplicateFinder;
  #held: { record: SpilledRecord; claim: Claim; place: Place }[] = [];
  #heldBytes = 0;
  #partition: Partition | undefined;
  accepted = 0;

  constructor(plan: BuildPlan, spill: Spill, finder: DuplicateFinder) {
    this.#plan = plan;
    this.#spill = spill;
    this.#finder = finder;
  }

  add(raw: RawRecord, system: System, origin: IdOrigin): void {
    const { bytes, key, region, place } = raw;
    const { id, x, y, z } = system;
    const record = { sequence: this.accepted++, x, y, z, key, region, bytes };
    const claim = {
      id,
      origin,
      content: hash('sha256', identityText(system), 'base64').slice(0, HASH_CHARS),
    };
    if (this.#partition) {
      this.#route(this.#partition, record, claim, place);
      return;
    }
    this.#held.push({ record: { ...record, bytes: Buffer.from(bytes) }, claim, place });
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > this.#plan.taskBytes) this.finish();
  }

  /** Divides space by what was held back, and lets it go. */
  finish(): void {
    if (this.#partition || this.#held.length === 0) return;
    const positions = new Float64Array(3 * this.#held.length);
    this.#held.forEach(({ record: { x, y, z } }, i) => {
      positions.set([x, y, z], 3 * i);
    });
    this.#partition = new Partition(positions, this.#held.length / this.#plan.buckets);
    for (const { record, claim, place } of this.#held) this.#route(this.#partition, record, claim, place);
    this.#held = [];
  }

  #route(partition: Partition, record: SpilledRecord, claim: Claim, place: Place): void {
    const { sequence, x, y, z } = record;
    const bucket = partition.bucketOf(x, y, z);
    this.#spill.add(bucket, record);
    const { input, line, offset } = place;
    this.#finder.add({ ...claim, sequence, bucket, input, line, offset });
  }
}
