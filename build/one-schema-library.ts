import type { Plugin } from 'esbuild';

/** The modules of hono-openapi that load a library of schemas, one for each library. */
const VENDORS =
  /@standard-community[\\/]standard-\w+[\\/]dist[\\/](arktype|default|effect|sury|typebox|valibot|zod)-.*\.js$/;

/**
 * esbuild plugin that leaves out the libraries of schemas that hono-openapi can load: they are not installed, and the API
 * passes the converter of its own.
 */
export function oneSchemaLibrary(): Plugin {
  return {
    name: 'one-schema-library',
    setup({ onLoad }) {
      onLoad({ filter: VENDORS }, () => ({ contents: '' }));
    },
  };
}
