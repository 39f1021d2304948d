/** The page at `/` where the map is not built: it links to the API and to the index. */

/** Returns the page for a set. */
export function plainPage(name: string): Response {
  const links = [
    ['api', 'the set'],
    ['api/openapi.json', 'the REST API, as an OpenAPI document'],
    ['api/regions', 'its regions'],
    ['api/systems', 'the first page of its systems'],
    ['api/nearest', 'the systems nearest to the origin'],
    ['index.json', 'the index of its files'],
  ];
  const title = escaped(name);
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body { font: 1em/1.6 system-ui, sans-serif; max-width: 40em; margin: 3em auto; padding: 0 1em }</style>
<h1>${title}</h1>
<p>The map is not built: <code>npm run build</code> builds it, <code>npm run map</code> shows it.</p>
<ul>
${links.map(([path, text]) => `<li><a href="${path}">/${path}</a>: ${text}`).join('\n')}
</ul>
</html>
`;
  return new Response(page, {
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-cache' },
  });
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`);
}
