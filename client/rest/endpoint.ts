/** Endpoints: a path, schemas of its parameters and of its answer, and the query that gives the answer. */
import type { Context, Hono, MiddlewareHandler } from 'hono';
import { describeRoute, resolver, validator } from 'hono-openapi';
import type * as v from 'valibot';
import { isHavenError } from '#client/errors.ts';
import type { Tileset } from '#client/tileset.ts';
import { errorAnswer } from './answers.ts';
import { messageOf, namePath } from './parameters.ts';

/** Version of the form of answers, in ETags: raised whenever a request gets another answer from the same set. */
const FORM = 1;

/** Returns the set to answer from; called for each request. */
export type SetOf = () => Tileset | Promise<Tileset>;

/** A request to an endpoint. */
export interface EndpointRequest<Query> {
  readonly set: Tileset;
  readonly query: Query;
  /** The name in the path; empty if the path has none. */
  readonly name: string;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** Sets a header of the response. */
  header(name: string, value: string): void;
  /** Reports an error after the beginning of the response. */
  onError(error: unknown): void;
}

/** An endpoint. */
export interface Endpoint<Query extends ParametersSchema> {
  readonly path: string;
  readonly summary: string;
  readonly parameters: Query;
  readonly answer: v.GenericSchema;
  /** Description of the name in the path. */
  readonly name?: string;
  /** The error if there is no answer (404). */
  readonly missing?: string;
  /** Returns the answer as JSON, or as the bytes of JSON; undefined if there is none. */
  run(request: EndpointRequest<v.InferOutput<Query>>): Promise<unknown>;
}

/** Schema of the query string. */
export type ParametersSchema = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/** An endpoint with parameters of any kind. */
export type AnyEndpoint = Endpoint<ParametersSchema>;

/**
 * Adds an endpoint to an app.
 * @param report called with errors after the beginning of a response
 */
export function addEndpoint(
  app: Hono,
  endpoint: AnyEndpoint,
  setOf: SetOf,
  report: (error: unknown, request: Request) => void,
): void {
  const { path, summary, parameters, answer, name, missing, run } = endpoint;
  const handlers: MiddlewareHandler[] = [
    describeRoute({
      summary,
      responses: {
        200: content('The answer', answer),
        304: { description: 'The answer that the ETag belongs to is still right' },
        400: content('A parameter is invalid', errorAnswer),
        ...(missing !== undefined && { 404: content(missing, errorAnswer) }),
        501: content('The set was built without the index that this needs', errorAnswer),
        502: content('The set cannot be read', errorAnswer),
      },
    }),
    validated('query', parameters),
  ];
  if (name !== undefined) handlers.push(validated('param', namePath(name)));
  const [first, ...others] = handlers as [MiddlewareHandler, ...MiddlewareHandler[]];
  app.get(path, first, ...(others as [MiddlewareHandler]), async context => {
    const query = context.req.valid('query' as never) as Readonly<Record<string, unknown>>;
    const respond = async (set: Tileset): Promise<Response> => {
      const tag = `W/"${FORM}-${set.generation}"`;
      context.header('ETag', tag);
      if (isCurrent(context, tag)) return context.body(null, 304);
      const { raw } = context.req;
      const { signal } = raw;
      const header = (name: string, value: string) => context.header(name, value);
      // That a client has gone is not an error.
      const onError = (error: unknown) => signal.aborted || report(error, raw);
      const body = await run({ set, query, name: context.req.param('name') ?? '', signal, header, onError });
      if (body instanceof ReadableStream) {
        return context.body(body, 200, { 'Content-Type': 'application/json' });
      }
      if (body !== undefined) return context.json(body);
      context.header('ETag', undefined);
      return context.json({ error: missing }, 404);
    };
    // Edge workers let no request wait for the I/O of another one.
    const set = (await setOf()).isolated();
    try {
      return await respond(set);
    } catch (error) {
      // The set was published again, and files of this generation are gone.
      if (!isHavenError(error, 'GenerationGoneError')) throw error;
      return respond(await set.refresh());
    }
  });
}

function content(description: string, schema: v.GenericSchema) {
  return {
    description,
    content: { 'application/json': { schema: resolver(schema) } },
  };
}

function validated(target: 'query' | 'param', schema: v.GenericSchema<object>): MiddlewareHandler {
  const known = 'entries' in schema ? Object.keys(schema.entries as object) : [];
  return validator(target, schema, (result, context) => {
    if (result.success) return undefined;
    const issues = result.error as readonly v.BaseIssue<unknown>[];
    return context.json({ error: messageOf(issues, known) }, 400);
  });
}

/** True if the client has this answer already. */
function isCurrent({ req }: Context, tag: string): boolean {
  const known = req.header('If-None-Match') ?? '';
  return (known.match(/"[^"]+"/g) ?? []).some(one => tag.endsWith(one));
}
