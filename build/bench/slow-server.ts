/** A static host far away: every response comes after a delay, and requests are counted. */
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The cost of a query. */
export interface Traffic {
  requests: number;
  bytes: number;
  /** Longest chain of requests, each sent after the one before was answered. */
  roundTrips: number;
}

export interface SlowServer {
  readonly url: string;
  /** Costs since the last call. */
  take(): Traffic;
  close(): void;
}

type Answer = (request: IncomingMessage) => Promise<{ status: number; body: Buffer; type?: string }>;

/**
 * Serves on a free port of this machine.
 * @param delayMs time between the arrival of a request and its response
 * @param patience after so many round trips it answers nothing more, until the costs are taken
 */
export async function serveSlowly(answer: Answer, delayMs: number, patience = Infinity): Promise<SlowServer> {
  let traffic: Traffic = { requests: 0, bytes: 0, roundTrips: 0 };
  /** Length of the longest chain that has been answered. */
  let answered = 0;
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const own = traffic;
    const depth = answered + 1;
    if (depth > patience) {
      response.destroy();
      return;
    }
    const [{ status, body, type = 'application/octet-stream' }] = await Promise.all([
      answer(request),
      delay(delayMs),
    ]);
    own.requests++;
    own.bytes += request.method === 'HEAD' ? 0 : body.length;
    own.roundTrips = Math.max(own.roundTrips, depth);
    if (own === traffic) answered = Math.max(answered, depth);
    response.writeHead(status, { 'content-type': type, 'content-length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    take() {
      const taken = traffic;
      traffic = { requests: 0, bytes: 0, roundTrips: 0 };
      answered = 0;
      return taken;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Files of a folder, whole or by a range of bytes. */
export function filesOf(folder: string): Answer {
  return async ({ url, headers, method }) => {
    const path = new URL(url ?? '/', 'http://localhost').pathname;
    const file = path.includes('..') ? undefined : await open(join(folder, path)).catch(() => undefined);
    if (!file) return { status: 404, body: Buffer.alloc(0) };
    try {
      const { size } = await file.stat();
      if (method === 'HEAD') return { status: 200, body: Buffer.alloc(size) };
      const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
      const start = range ? Number(range[1]) : 0;
      const end = range?.[2] ? Math.min(size, Number(range[2]) + 1) : size;
      const body = Buffer.alloc(Math.max(0, end - start));
      await file.read(body, 0, body.length, start);
      return { status: range ? 206 : 200, body };
    } finally {
      await file.close();
    }
  };
}

/** Answers of another server. */
export function answersOf(origin: string): Answer {
  return async ({ url }) => {
    const response = await fetch(new URL(url ?? '/', origin));
    const type = response.headers.get('content-type') ?? 'application/octet-stream';
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()), type };
  };
}
