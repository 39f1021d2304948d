/**
 * Proves a set: every file whole and named by its content, every row, node and sample what the systems make it.
 *
 * Files are checked byte by byte. What they hold is checked by building it again, from the leaves up, with the very
 * functions of the build and a sink that only names contents: chunk, details, preview and page of each node must get
 * the names that the set gives them.
 */

import { indexText, withGeneration, worldCube } from '../../client/format/index.ts';
import { overviewRows } from '../../client/format/sample.ts';
import { nodeCodec, type SetIndex, type Source } from '../../client/node/index.ts';
import { readIndex } from '../../client/open.ts';
import { writePreview } from '../samples.ts';
import type { Subtree } from '../subtree.ts';
import { writePage } from '../subtree.ts';
import { NodeChecker, nameContent } from './node.ts';
import { CheckedReader, type Problem } from './reader.ts';

export type { Problem } from './reader.ts';

export interface VerifyReport {
  readonly generation: string;
  readonly systems: number;
  /** Files that the index leads to, and their bytes as stored, `index.json` included. */
  readonly files: number;
  readonly bytes: number;
  readonly problems: readonly Problem[];
  /** Files that the index does not lead to: of other generations, or left by an accident. */
  readonly orphans: readonly string[];
}

export interface VerifyEvents {
  /** Systems looked at so far, of all. */
  onProgress?(systems: number, of: number): void;
}

/**
 * @param list all paths of the set, where they can be listed; without it there are no orphans
 * @throws NotFoundError, VersionError, NetworkError; CorruptError where `index.json` itself is damaged
 */
export async function verifySet(
  source: Source,
  list: (() => AsyncIterable<string>) | undefined,
  events: VerifyEvents = {},
  signal?: AbortSignal,
): Promise<VerifyReport> {
  const { index, text } = await readIndex(source, nodeCodec.sha256, signal);
  const reader = new CheckedReader(source, signal);
  const problems = reader.problems;
  if (withGeneration(indexText(withoutMember(index)), index.generation) !== text) {
    problems.push({ file: 'index.json', problem: 'is not canonical JSON of its fields' });
  }
  const checker = new NodeChecker(index.options, reader, systems =>
    events.onProgress?.(systems, index.counts.systems),
  );
  const top = index.tree ? await checker.page({ kind: 'tree', ...index.tree }) : undefined;
  if (top) checkRoots(index, top, problems);
  if (index.meta) await reader.check({ kind: 'meta', ...index.meta });
  if (index.overview) await reader.check({ kind: 'previews', ...index.overview });
  const orphans: string[] = [];
  for await (const path of list?.() ?? [])
    if (path !== 'index.json' && !reader.known.has(path)) orphans.push(path);
  return {
    generation: index.generation,
    systems: checker.systems,
    files: reader.known.size + 1,
    bytes: reader.bytes + Buffer.byteLength(text),
    problems,
    orphans: orphans.sort(),
  };
}

function checkRoots(index: SetIndex, top: Subtree, problems: Problem[]): void {
  const same = (field: string, found: unknown, right: unknown) => {
    if (JSON.stringify(found) !== JSON.stringify(right)) {
      problems.push({
        file: 'index.json',
        problem: `says ${field} ${JSON.stringify(found)}, and its systems make it ${JSON.stringify(right)}`,
      });
    }
  };
  const { counts, bounds, exponent, overview, tree, options } = index;
  const sample = writePreview(top.samples, overviewRows(top.counts.systems, options.preview), nameContent);
  same('systems', counts.systems, top.counts.systems);
  same('planets', counts.planets, top.counts.planets);
  same('moons', counts.moons, top.counts.moons);
  same('stations', counts.stations, top.counts.stations);
  same('bounds', [bounds?.min, bounds?.max], [top.bounds.min, top.bounds.max]);
  same('exponent', exponent, worldCube(top.bounds).exponent - 1);
  same('the overview', [overview?.hash, overview?.rows], [sample?.ref.hash, sample?.rows]);
  same('the tree', tree?.hash, writePage(top, nameContent).hash);
}

function withoutMember({ generation: _generation, ...index }: SetIndex): Omit<SetIndex, 'generation'> {
  return index;
}
