/** An HTTP server on a port of this machine. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { NetworkError } from '#client/index.ts';
import { UsageError } from '#pipeline/errors.ts';

export interface ListenOptions {
  readonly host: string;
  /** Undefined for the first free one from 8080 on. */
  readonly port: number | undefined;
}

/** A server that listens. */
export interface Listening {
  /** Its address, with a slash at the end. */
  readonly url: string;
  /** Ends all connections. */
  close(): Promise<void>;
}

const FIRST_PORT = 8080;
const PORTS = 100;
/** Hosts that stand for all addresses of a machine. */
const ALL = ['0.0.0.0', '::'];

/**
 * Starts a server. A client that sends its request slowly is disconnected.
 * @throws NetworkError if the port is in use or not permitted, UsageError for a host that is not of this machine
 */
export async function listen(
  fetch: (request: Request) => Promise<Response>,
  { host, port }: ListenOptions,
): Promise<Listening> {
  const timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 5_000 };
  const server = createServer(timeouts, getRequestListener(fetch, { overrideGlobalObjects: false }));
  const ports = port === undefined ? [...Array(PORTS).keys()].map(n => FIRST_PORT + n) : [port];
  for (const one of [...ports, ...(port === undefined ? [0] : [])]) {
    const error = await attempt(server, host, one);
    if (!error) return listening(server, host);
    if (error.code !== 'EADDRINUSE' || port !== undefined) throw explained(error, host, one);
  }
  throw new Error('a server gets any free port');
}

function attempt(server: Server, host: string, port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise(resolve => {
    const failed = (error: NodeJS.ErrnoException) => resolve(error);
    server.once('error', failed);
    server.listen(port, host, () => {
      server.off('error', failed);
      resolve(undefined);
    });
  });
}

function listening(server: Server, host: string): Listening {
  const { port } = server.address() as AddressInfo;
  const name = ALL.includes(host) ? 'localhost' : isIPv6(host) ? `[${host}]` : host;
  return {
    url: `http://${name}:${port}/`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function explained({ code, message }: NodeJS.ErrnoException, host: string, port: number): Error {
  if (code === 'EADDRINUSE') {
    return new NetworkError(
      `port ${port} of ${host} is in use by another program: give another --port, or none for the next free one`,
    );
  }
  if (code === 'EACCES') {
    return new NetworkError(`port ${port} of ${host} is not permitted: give a --port from 1024`);
  }
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL' || code === 'EAI_AGAIN') {
    return new UsageError(
      `--host is "${host}", which is not an address of this machine: give 127.0.0.1 or 0.0.0.0`,
    );
  }
  return new NetworkError(`${host} port ${port} cannot be listened on: ${message}`);
}
