/** The plots of the benchmark, as one SVG: time of a first answer by scale, and bytes of queries by peer. */
import { scaleBand, scaleLog } from 'd3-scale';
import { line } from 'd3-shape';
import type { RemoteBytes } from './remote-part.ts';
import type { FirstAnswer } from './scales-part.ts';

const WIDTH = 960;
const HEIGHT = 430;
const PANEL = { width: 380, height: 270, top: 50 } as const;
const COLOURS = ['#fbbf24', '#fde68a', '#38bdf8', '#818cf8', '#f472b6', '#94a3b8', '#34d399'] as const;
const STYLE =
  'text{font:12px system-ui,sans-serif;fill:#cbd5e1}.title{font-size:14px;fill:#f1f5f9}.grid{stroke:#24304d}.way{fill:none;stroke-width:2.2}';

/** @returns the text of the SVG */
export function plot(answers: readonly FirstAnswer[], bytes: readonly RemoteBytes[]): string {
  const panels = [
    answers.length > 0 ? answerPanel(answers, 70) : '',
    bytes.length > 0 ? bytesPanel(bytes, 540) : '',
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}">
<title>Time of a first answer by the number of systems, and bytes of queries by peer</title>
<style>${STYLE}</style>
<rect width="${WIDTH}" height="${HEIGHT}" rx="10" fill="#0b1020"/>
${panels.join('\n')}
</svg>
`;
}

/** Lines: seconds of a process that starts, opens the catalogue and answers one sphere. */
function answerPanel(answers: readonly FirstAnswer[], left: number): string {
  const [low, high] = [Math.min(...answers.map(a => a.systems)), Math.max(...answers.map(a => a.systems))];
  const x = scaleLog([low, Math.max(high, 10 * low)], [0, PANEL.width]);
  const seconds = answers.map(answer => answer.seconds);
  const y = scaleLog([Math.min(...seconds), Math.max(...seconds)], [PANEL.height, 0]).nice();
  const path = line<FirstAnswer>(
    answer => x(answer.systems),
    answer => y(answer.seconds),
  );
  const ways = [...new Set(answers.map(({ way }) => way))].toReversed();
  const lines = ways.map((way, i) => {
    const own = answers.filter(answer => answer.way === way);
    const last = own.at(-1)!;
    return `<path class="way" stroke="${COLOURS[2 * i]}" d="${path(own)}"/>
<text x="${x(last.systems) + 6}" y="${y(last.seconds) + 4}" style="fill:${COLOURS[2 * i]}">${way}</text>`;
  });
  const systems = [...new Set(answers.map(answer => answer.systems))];
  const columns = systems.map(
    value =>
      `<text x="${x(value)}" y="${PANEL.height + 20}" text-anchor="middle">${value.toLocaleString('en')}</text>`,
  );
  return panel(left, 'Start, open, answer one sphere: seconds by systems', [
    ...gridLines(y, value => `${value} s`),
    ...columns,
    ...lines,
  ]);
}

/** Bars: bytes of the median query of a client that has just started. */
function bytesPanel(bytes: readonly RemoteBytes[], left: number): string {
  const queries = [...new Set(bytes.map(({ query }) => query))];
  const peers = [...new Set(bytes.map(({ peer }) => peer))];
  const x = scaleBand(queries, [0, PANEL.width]).padding(0.2);
  const inner = scaleBand(peers, [0, x.bandwidth()]).padding(0.1);
  const values = bytes.map(entry => entry.bytes);
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const y = scaleLog([low, Math.max(...values)], [PANEL.height, 0]).nice();
  const bars = bytes.map(entry => {
    const top = y(entry.bytes);
    const at = x(entry.query)! + inner(entry.peer)!;
    return `<rect x="${at.toFixed(1)}" y="${top.toFixed(1)}" width="${inner.bandwidth().toFixed(1)}" height="${(PANEL.height - top).toFixed(1)}" fill="${COLOURS[peers.indexOf(entry.peer)]}"/>`;
  });
  const names = queries.map(
    query =>
      `<text x="${x(query)! + x.bandwidth() / 2}" y="${PANEL.height + 20}" text-anchor="middle" style="font-size:10px">${query}</text>`,
  );
  const legend = peers.map(
    (peer, i) =>
      `<rect x="${205 * (i % 2)}" y="${PANEL.height + 30 + 15 * (i >> 1)}" width="9" height="9" fill="${COLOURS[i]}"/><text x="${205 * (i % 2) + 14}" y="${PANEL.height + 39 + 15 * (i >> 1)}" style="font-size:10px">${peer}</text>`,
  );
  return panel(left, 'Bytes over HTTP, opening included', [
    ...gridLines(y, value => (value < 1e6 ? `${value / 1e3} kB` : `${value / 1e6} MB`)),
    ...bars,
    ...names,
    ...legend,
  ]);
}

function panel(left: number, title: string, content: readonly string[]): string {
  return `<g transform="translate(${left} ${PANEL.top})"><text class="title" y="-20">${title}</text>
${content.join('\n')}
</g>`;
}

/** A line for each power of ten. */
function gridLines(
  y: ReturnType<typeof scaleLog<number, number>>,
  label: (value: number) => string,
): string[] {
  return y
    .ticks()
    .filter(value => Number.isInteger(Math.round(1e6 * Math.log10(value)) / 1e6))
    .map(
      value =>
        `<line class="grid" x2="${PANEL.width}" y1="${y(value)}" y2="${y(value)}"/><text x="-6" y="${y(value) + 4}" text-anchor="end">${label(value)}</text>`,
    );
}
