/** Chunk sets as a peer. */
import { openTileset, type Tileset } from '#client/node/index.ts';
import type { Peer } from './peers.ts';

/** A set in a folder: opened once, without a cache, so that every query reads its files. */
export async function localChunkSets(folder: string): Promise<Peer[]> {
  const tileset = await openTileset(folder, { cacheBytes: 0 });
  return bothPeers(async () => tileset);
}

/** A set at a URL, for a client that has just started: every query opens the set. */
export function remoteChunkSets(url: string): Peer[] {
  return bothPeers(() => openTileset(url));
}

/** Spheres of systems with id, name, position and region, which the chunks have, and of systems with all columns. */
function bothPeers(open: () => Promise<Tileset>): Peer[] {
  const peer = peerOf('chunk set', open);
  const sphere: Peer['sphere'] = async (center, radius) => {
    const tileset = await open();
    const rows = await tileset.sphere({ center, radius }).toArray();
    return (await tileset.details(rows)).filter(record => record !== undefined).length;
  };
  return [peer, { ...peer, name: 'chunk set, all columns', sphere }];
}

/** A set at a URL, for a client that has opened it with its preload file and asked nothing yet. */
export function preloadedChunkSet(url: string): Peer {
  let tileset: Tileset | undefined;
  return {
    ...peerOf('chunk set, preloaded', async () => tileset!),
    async start() {
      tileset = await openTileset(url, { preload: true });
    },
  };
}

function peerOf(name: string, open: () => Promise<Tileset>): Peer {
  return {
    name,
    async sphere(center, radius) {
      return (await (await open()).sphere({ center, radius }).toArray()).length;
    },
    async byName(name) {
      return (await (await open()).system(name, { first: true })) !== undefined;
    },
    async close() {},
  };
}
