/** The REST API of the migration guide, and more of its kind, over a chunk set. */
import { Hono } from 'hono';
import { compress } from 'hono/compress';
import { cors } from 'hono/cors';
import { ArgumentError } from '#client/errors.ts';
import { checkOptions, type OptionNames } from '#client/query/options.ts';
import type { Tileset } from '#client/tileset.ts';
import { addEndpoint } from './endpoint.ts';
import { ENDPOINTS } from './endpoints.ts';
import { errorAnswerOf } from './rest-errors.ts';

/** Options of `restApi`. */
export interface RestOptions {
  /** The path that all endpoints lie below; "/api" by default. */
  readonly basePath?: string | undefined;
  /**
   * Whether responses are compressed by gzip or deflate; false by default, because hosts of edge workers compress them
   * themselves.
   */
  readonly compress?: boolean | undefined;
  /** `Cache-Control` of answers; "no-cache" by default: caches keep them and ask by their ETag. */
  readonly cacheControl?: string | undefined;
  /** Called with each error that is not the caller's: the set cannot be read, or a fault. What it throws is ignored. */
  readonly onError?: ((error: unknown, request: Request) => void) | undefined;
}

const REST_OPTIONS: OptionNames<RestOptions> = { basePath: 1, compress: 1, cacheControl: 1, onError: 1 };

/** An HTTP server without a socket: the default export of an edge worker, or a part of a server. */
export interface RestApi {
  /** Answers a request; the promise never rejects. */
  fetch(request: Request): Promise<Response>;
}

const METHODS = ['GET', 'HEAD'];

/**
 * Returns the REST API of a chunk set: the endpoints of the migration guide, and regions, facets and nearest systems. It
 * is read-only, and runs wherever `Request` and `Response` are. `/api/openapi.json` describes it.
 * @param source the set, or a function that returns it, which is called for each request: `latestGeneration`
 * @throws ArgumentError
 */
export function restApi(
  source: Tileset | (() => Tileset | Promise<Tileset>),
  options: RestOptions = {},
): RestApi {
  checkOptions(options, REST_OPTIONS);
  const { basePath = '/api', cacheControl = 'no-cache', onError = () => {} } = options;
  if (!/^(\/[\w.~-]+)*$/.test(basePath)) {
    throw new ArgumentError(`basePath is "${basePath}"; give a path such as /api`, { found: basePath });
  }
  const app = new Hono({ strict: false }).basePath(basePath === '' ? '/' : basePath);
  app.use(cors({ allowMethods: METHODS, exposeHeaders: ['ETag', 'X-Truncated'], maxAge: 86_400 }));
  if (options.compress) app.use(compress());
  app.use(async (context, next) => {
    const { method } = context.req;
    if (!METHODS.includes(method)) {
      return context.json({ error: `${method} is not possible: the API is read-only` }, 405, {
        Allow: [...METHODS, 'OPTIONS'].join(', '),
      });
    }
    context.header('Cache-Control', cacheControl);
    context.header('X-Content-Type-Options', 'nosniff');
    await next();
    return undefined;
  });
  const report = (error: unknown, request: Request) => {
    try {
      onError(error, request);
    } catch {
      // The client gets its response all the same.
    }
  };
  const setOf = typeof source === 'function' ? source : () => source;
  app.get('/openapi.json', async context => {
    const { openApiDocument } = await import('./open-api.ts');
    return context.json(await openApiDocument(app));
  });
  for (const endpoint of ENDPOINTS) addEndpoint(app, endpoint, setOf, report);
  app.notFound(context => {
    context.header('Cache-Control', 'no-cache');
    return context.json({ error: `No such endpoint; ${basePath}/openapi.json lists them` }, 404);
  });
  app.onError((error, context) => {
    const { status, ...answer } = errorAnswerOf(error);
    if (status >= 500) report(error, context.req.raw);
    context.header('ETag', undefined);
    context.header('Cache-Control', 'no-store');
    return context.json(answer, status);
  });
  return { fetch: async request => app.fetch(request) };
}
