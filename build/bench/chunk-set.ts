/** Chunk sets as a peer. */
import { openTileset, type Tileset } from '#client/node/index.ts';
import type { Peer } from './peers.ts';

/** A set in a folder: opened once, without a cache, so that every query reads its files. */
export async function localChunkSet(folder: string): Promise<Peer> {
  const tileset = await openTileset(folder, { cacheBytes: 0 });
  return peerOf('chunk set', async () => tileset);
}

/** A set at a URL, for a client that has just started: every query opens the set. */
export function remoteChunkSet(url: string): Peer {
  return peerOf('chunk set', () => openTileset(url));
}

/** A set at a URL, for a client that has opened it with its preload file and asked nothing yet. */
export function preloadedChunkSet(url: string): Peer {
  let tileset: Tileset | undefined;
  return {
    ...peerOf('chunk set, opened with preload before', async () => tileset!),
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
