/** Measured figures that stand in more than one document are the same in all of them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const text = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

const README = text('README.md');
const MEASURED = text('client/README.md').split('\n## Cost of queries by name, region and text\n')[1]!;

/** Requests, kB and round trips: the cells of the only row of a table with a label. */
function row(document: string, label: string): string[] {
  const rows = document.split('\n').filter(line => line.startsWith(`| ${label} |`));
  expect(rows, label).toHaveLength(1);
  return rows[0]!
    .slice(1, -1)
    .split('|')
    .slice(1)
    .map(cell => cell.trim());
}

/** The medians of a row: "7 · 111 · 5". */
const medians = (document: string, label: string) =>
  row(document, label)
    .map(cell => cell.replace(/ .*/, ''))
    .join(' · ');

describe('the cost of a query', () => {
  test.each([
    ['system by name, with planets', 'system by name, with its record'],
    ['middle page of the largest region', 'middle page of the largest region'],
    ['text of five letters inside a name, 20 results', 'search: five letters inside a name'],
    ['text that is a value of a facet, 20 results', 'search: a value of a facet'],
  ])('in README.md: %s', (label, measured) => {
    expect(row(README, label)).toEqual(row(MEASURED, measured));
  });

  test.each([
    ['haven.system(name)', 'system by name, with its record', ''],
    ['haven.system(name)', 'the same, ignoring case', 'ignoring case: '],
    ['haven.systemById(id)', 'system by id, with its record', ''],
    ['haven.page({ page, perPage })', 'middle page of all systems', ''],
    ['haven.page({ region, page, perPage })', 'middle page of the largest region', ''],
    ['haven.search(query, { limit })', 'search: a later word of a name', ''],
    ['haven.search(query, { limit })', 'search: five letters inside a name', 'with a later word of a name, '],
    ['haven.search(query, { limit })', 'search: a value of a facet', 'with five letters inside a name, '],
  ])('in FROM-PYTHON.md: %s, %s', (call, measured, before) => {
    const line = text('client/FROM-PYTHON.md')
      .split('\n')
      .find(line => line.startsWith('| ') && line.includes(`| \`${call}\``) && line.includes(' · '));
    expect(line).toContain(`${before}${medians(MEASURED, measured)}`);
  });
});
