import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Gate } from '#client/fetch/gate.ts';

test('tasks start in order, as many as their number and their weights allow, and all of them', async () => {
  const weights = fc.array(fc.nat(12), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      weights,
      fc.integer({ min: 1, max: 4 }),
      fc.scheduler(),
      async (tasks, most, scheduler) => {
        const gate = new Gate(most, 10);
        const started: number[] = [];
        const open = new Set<number>();
        const results = tasks.map((weight, i) =>
          gate.run(weight, async () => {
            started.push(i);
            open.add(i);
            const sum = [...open].reduce((all, task) => all + tasks[task]!, 0);
            expect(open.size === 1 || (open.size <= most && sum <= 10)).toBe(true);
            await scheduler.schedule(Promise.resolve());
            open.delete(i);
            if (i % 3 === 0) throw i;
            return i;
          }),
        );
        const settled = await scheduler.waitFor(Promise.allSettled(results));
        expect(started).toEqual(tasks.map((_, i) => i));
        expect(settled.map(result => ('value' in result ? result.value : result.reason))).toEqual(started);
      },
    ),
  );
});
