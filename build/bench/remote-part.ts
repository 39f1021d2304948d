/** Queries over HTTP, with the delay of a host far away, for clients that have just started. */
import { fileURLToPath } from 'node:url';
import { costOf, spread } from '../usages.ts';
import { ask, type Column, columnsOf, titleOf } from './asked.ts';
import type { Questions } from './catalogue.ts';
import { preloadedChunkSet, remoteChunkSets } from './chunk-set.ts';
import { guideApi, hasFlask, startApi } from './guide.ts';
import type { PeerFiles } from './local-part.ts';
import { hyparquetPeers } from './parquet.ts';
import type { Peer } from './peers.ts';
import { processCost } from './process-cost.ts';
import { answersOf, filesOf, type SlowServer, serveSlowly, type Traffic } from './slow-server.ts';
import { sqliteByRanges } from './sqlite-ranges.ts';
import { markdownTable } from './table.ts';

const DELAY_MS = 30;
/** A question is given up after so many requests, one after another. */
const PATIENCE = 2_000;

/** Bytes of the median query, for the plot. */
export interface RemoteBytes {
  readonly peer: string;
  readonly query: string;
  readonly bytes: number;
}

/**
 * Asks all remote peers.
 * @param folder has the guide's database, and gets the Parquet files
 */
export async function remotePart(
  catalogue: string,
  files: PeerFiles,
  questions: Questions,
  folder: string,
): Promise<{ table: string; bytes: RemoteBytes[] }> {
  const script = fileURLToPath(new URL('parquet.ts', import.meta.url));
  await processCost(process.execPath, ['--max-old-space-size=12000', script, catalogue, folder]);
  const set = await serveSlowly(filesOf(files.set), DELAY_MS);
  const host = await serveSlowly(filesOf(folder), DELAY_MS, PATIENCE);
  const peers: [Peer, SlowServer][] = [
    ...remoteChunkSets(set.url).map((peer): [Peer, SlowServer] => [peer, set]),
    [preloadedChunkSet(set.url), set],
    ...(await hyparquetPeers(folder, host.url)).map((peer): [Peer, SlowServer] => [peer, host]),
    [await sqliteByRanges(`${host.url}haven.db`), host],
  ];
  const api = (await hasFlask()) ? await startApi(files.database) : undefined;
  const slowApi = api && (await serveSlowly(answersOf(api.url), DELAY_MS));
  if (slowApi) peers.push([guideApi(slowApi.url), slowApi]);
  const bytes: RemoteBytes[] = [];
  const rows: string[][] = [];
  try {
    for (const [peer, server] of peers) {
      const cells: string[] = [];
      for (const column of columnsOf(questions)) {
        const { text, median } = await costOfColumn(peer, server, column, questions);
        cells.push(text);
        if (median !== undefined) bytes.push({ peer: peer.name, query: titleOf(column), bytes: median });
      }
      rows.push([peer.name, ...cells]);
    }
  } finally {
    for (const [peer, server] of peers) {
      await peer.close();
      server.close();
    }
    await api?.close();
  }
  return { table: markdownTable(['', ...columnsOf(questions).map(titleOf)], rows), bytes };
}

async function costOfColumn(
  peer: Peer,
  server: SlowServer,
  column: Column,
  questions: Questions,
): Promise<{ text: string; median?: number }> {
  const taken: Traffic[] = [];
  const times: number[] = [];
  try {
    await ask(peer, column, questions, {
      before: () => void server.take(),
      after: seconds => {
        taken.push(server.take());
        times.push(1_000 * seconds);
      },
    });
  } catch (error) {
    if (server.take().roundTrips < PATIENCE) throw error;
    return { text: `over ${PATIENCE.toLocaleString('en')} round trips` };
  }
  const median = taken.map(({ bytes }) => bytes).sort((a, b) => a - b)[taken.length >> 1]!;
  const usages = taken.map(traffic => ({ ...traffic, cacheHits: 0 }));
  return { text: `${costOf(usages)} · ${spread(times.map(Math.round))}`, median };
}

export const REMOTE_LEGEND = `requests · kB · round trips · ms, each as median/95th percentile; every response ${DELAY_MS} ms late`;
