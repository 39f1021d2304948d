import { describe, expect, test } from 'vitest';
import { plot } from '#build/bench/plot.ts';
import { medianCost, processCost } from '#build/bench/process-cost.ts';
import { serveSlowly } from '#build/bench/slow-server.ts';
import { duration, markdownTable, roundsText, size } from '#build/bench/table.ts';
import { startServer } from '#build/child-server.ts';

describe('the server of the benchmark', () => {
  test('counts requests, bytes and the longest chain of requests', async () => {
    const server = await serveSlowly(async () => ({ status: 200, body: Buffer.from('12345') }), 5);
    const get = async (path: string) => (await fetch(`${server.url}${path}`)).text();
    try {
      await get('a');
      await Promise.all([get('b'), get('c')]);
      await get('d');
      expect(server.take()).toEqual({ requests: 4, bytes: 20, roundTrips: 3 });
      await get('e');
      expect(server.take()).toEqual({ requests: 1, bytes: 5, roundTrips: 1 });
    } finally {
      server.close();
    }
  });
});

describe('a server in a child process', () => {
  test('is found by the address that it prints, and ends when it is closed', async () => {
    const script = `const server = require('node:http').createServer((_, response) => response.end('here'));
      server.listen(0, '127.0.0.1', () => console.error(' * Running on http://127.0.0.1:' + server.address().port));`;
    const server = await startServer(process.execPath, ['-e', script]);
    try {
      expect(await (await fetch(server.url)).text()).toBe('here');
    } finally {
      await server.close();
    }
    expect(server.process.signalCode).toBe('SIGKILL');
  });

  test('that ends before it serves is an error with its exit code and messages', async () => {
    const script = `console.error('port in use'); process.exit(3)`;
    await expect(startServer(process.execPath, ['-e', script])).rejects.toThrow(
      /ended before it served: exit code 3\nport in use/,
    );
    await expect(startServer('no-such-command', [])).rejects.toThrow('ENOENT');
  });
});

describe('the cost of a process', () => {
  test('has its CPU, time and memory, beside its output', async () => {
    const work = 'let sum = 0; for (let i = 0; i < 3e7; i++) sum += i; console.log(sum > 0)';
    const { cost, stdout } = await processCost(process.execPath, ['-e', work]);
    expect(stdout).toBe('true\n');
    expect(cost.cpu).toBeGreaterThan(0);
    expect(cost.wall).toBeGreaterThan(0);
    expect(cost.memory).toBeGreaterThan(10e6);
  });

  test('is refused for a process that fails', async () => {
    await expect(processCost(process.execPath, ['-e', 'process.exit(3)'])).rejects.toThrow('exit code 3');
  });

  test('has medians of each field', () => {
    const costs = [1, 5, 3].map(value => ({ cpu: value, wall: 10 * value, memory: -value }));
    expect(medianCost(costs)).toEqual({ cpu: 3, wall: 30, memory: -3 });
  });
});

describe('the report', () => {
  test('has tables in Markdown', () => {
    expect(markdownTable(['', 'a'], [['x', '1']])).toBe('|  | a |\n|---|---|\n| x | 1 |');
    expect([duration(0.01234), duration(1.5), duration(250)]).toEqual(['12.3 ms', '1.5 s', '250 s']);
    expect([roundsText(1), roundsText(3)]).toEqual(['one round', 'medians of 3 rounds in turn']);
    expect([size(1_500), size(2.5e6), size(123e9)]).toEqual(['1.5 kB', '2.5 MB', '123 GB']);
  });

  test('has a plot with a line for each way and a bar for each peer', () => {
    const answers = ['JSON', 'chunk set'].flatMap(way =>
      [10, 1_000].map(systems => ({ way, systems, seconds: systems / 1_000 })),
    );
    const bytes = ['a', 'b'].flatMap(peer => [{ peer, query: 'sphere of 10', bytes: 5_000 }]);
    const svg = plot(answers, bytes);
    expect(svg.match(/class="way"/g)).toHaveLength(2);
    expect(svg.match(/<rect /g)).toHaveLength(1 + 2 + 2);
    expect(svg).not.toContain('NaN');
  });
});
