/** Decides which generations and records of a history are kept. */
import { chainOf, type Entry, type Ledger, type PublishRecord } from './ledger.ts';

export interface Retained {
  /** Generations to keep, the live one first. */
  readonly kept: readonly string[];
  /** Generations that are there and are not kept. */
  readonly dropped: readonly string[];
  /** Records that are not needed once the dropped generations are deleted. */
  readonly records: readonly Entry<PublishRecord>[];
  /** Files that the dropped generations and failed publishes may have had alone, as the records name them. */
  readonly candidates: readonly string[];
  /** Records of publishes that have not ended: they are under way, or were killed. */
  readonly open: readonly Entry<PublishRecord>[];
}

/** @param keep number of generations to keep, with the live one */
export function retain({ publishes, generations }: Ledger, live: string, keep: number): Retained {
  const chain = chainOf(publishes, live);
  const kept = new Set([live]);
  /** Number of records of the chain that are needed. */
  let length = 0;
  for (const { content } of chain) {
    const { generation } = content;
    if (kept.size === keep && !kept.has(generation)) break;
    length++;
    if (generations.has(generation)) kept.add(generation);
  }
  const last = chain[length - 1]?.content.parent;
  // The first recorded publish may have replaced a set without a record.
  const isUnrecorded = length === chain.length && typeof last === 'string' && generations.has(last);
  if (isUnrecorded && kept.size < keep) kept.add(last);
  const others = publishes.filter(entry => !chain.includes(entry));
  const isGone = (parent: string | null) => parent !== null && generations.has(parent) && !kept.has(parent);
  return {
    kept: [...kept],
    dropped: [...generations].filter(generation => !kept.has(generation)),
    records: [...chain.slice(length), ...others],
    candidates: [
      ...chain.filter(({ content }) => isGone(content.parent)).flatMap(({ content }) => content.removed),
      ...others.flatMap(({ content }) => [...content.writes, ...content.removed]),
    ],
    open: others.filter(({ content }) => content.seconds === null && !content.failed),
  };
}
