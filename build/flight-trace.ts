import type { Browser, CDPSession } from 'playwright-core';

/** An event of Chromium's trace format, as far as it is used. Times are in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  /** CPU time of the thread: without the time in which it waited or another process had the processor. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** Times of the tasks of a page, in milliseconds. */
export interface PageTasks {
  /** Wall-clock times of all tasks. Where WebGL is drawn by software, they include waiting for the drawing. */
  readonly wall: readonly number[];
  /** CPU times of all tasks: what the scripts and the layout of the page cost. */
  readonly cpu: readonly number[];
  /** CPU times of the callbacks of animation frames. */
  readonly frames: readonly number[];
}

/** Tasks of the thread, and the frames in them. */
const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline'];

/** Records the tasks of the page of a browser that has only one. */
export class TaskRecorder {
  readonly #session: CDPSession;
  #events: TraceEvent[] = [];

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on('Tracing.dataCollected', ({ value }) =>
      this.#events.push(...(value as unknown as TraceEvent[])),
    );
  }

  static async of(browser: Browser): Promise<TaskRecorder> {
    return new TaskRecorder(await browser.newBrowserCDPSession());
  }

  async start(): Promise<void> {
    this.#events = [];
    await this.#session.send('Tracing.start', {
      transferMode: 'ReportEvents',
      traceConfig: { includedCategories: CATEGORIES },
    });
  }

  async stop(): Promise<PageTasks> {
    const complete = new Promise(resolve => this.#session.once('Tracing.tracingComplete', resolve));
    await this.#session.send('Tracing.end');
    await complete;
    return tasksOf(this.#events);
  }
}

function tasksOf(events: readonly TraceEvent[]): PageTasks {
  // Chromium keeps a spare process for a next page; the page is where frames are drawn.
  const threads = Map.groupBy(events, ({ pid, tid }) => `${pid} ${tid}`);
  const framesOf = (thread: readonly TraceEvent[]) =>
    thread.filter(({ name, ph }) => name === 'FireAnimationFrame' && ph === 'X');
  const page = [...threads.values()].sort((a, b) => framesOf(b).length - framesOf(a).length)[0] ?? [];
  const tasks = page.filter(({ name, ph }) => name === 'RunTask' && ph === 'X');
  return {
    wall: tasks.map(({ dur = 0 }) => dur / 1000),
    cpu: tasks.map(({ tdur = 0 }) => tdur / 1000),
    frames: framesOf(page).map(({ tdur = 0 }) => tdur / 1000),
  };
}
