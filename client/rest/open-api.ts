/** The OpenAPI document, from the schemas of the endpoints. */
import { toJsonSchema } from '@valibot/to-json-schema';
import type { Hono } from 'hono';
import { generateSpecs, loadVendor } from 'hono-openapi';
import type * as v from 'valibot';

type Converters = Parameters<typeof loadVendor>[1];

/** Returns the OpenAPI document of an app. */
export function openApiDocument(app: Hono): Promise<object> {
  const schemaOf = (schema: unknown) => describedSchema(schema as v.GenericSchema);
  loadVendor('valibot', { toJSONSchema: schemaOf, toOpenAPISchema: schemaOf } as Converters);
  return generateSpecs(app, {
    documentation: {
      info: {
        title: 'haven-chunks',
        version: '1',
        description: 'Queries of a star catalogue that lies in a chunk set. Read-only.',
      },
    },
  });
}

/** Parameters are described by the values that their strings mean. */
function describedSchema(schema: v.GenericSchema) {
  const { $schema: _, ...described } = toJsonSchema(schema, {
    // That of OpenAPI 3.1.
    target: 'draft-2020-12',
    errorMode: 'ignore',
    typeMode: 'output',
    overrideSchema: ({ jsonSchema }) =>
      typeof jsonSchema.default === 'string' && jsonSchema.type !== 'string'
        ? { ...jsonSchema, default: JSON.parse(jsonSchema.default) }
        : undefined,
  });
  return described;
}
