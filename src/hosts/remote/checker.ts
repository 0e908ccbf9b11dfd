import { randomUUID } from 'node:crypto';
import type { Checker, RunningCheckJob } from '../../checks/checker.ts';
import type { CheckState } from '../../checks/checks.ts';
import { checkedForm, checkForm, checkStateSchema, pathsIn } from '../wire/checks.ts';
import { MessageRefused } from '../wire/form.ts';
import type { RunDesk } from './run-desk.ts';

/** What looks into copies on another machine: it goes over Redis, and while that machine is away it waits. */
export const createRemoteChecker = (runs: RunDesk): Checker => ({
  start: ({ repoFolder, commit, files, contextTokens }, signal): RunningCheckJob => {
    let state: CheckState | undefined;
    const known = new Set(files.map(({ path }) => path));
    const { done } = runs.start({
      // Nobody joins it: what was found before a restart may not hold any more.
      id: `k-${randomUUID()}`,
      kind: 'check',
      asks: checkForm,
      asked: { repoFolder, commit, files, contextTokens },
      answers: checkedForm,
      wish: {},
      signal,
      onProgress: (progress) => {
        const said = checkStateSchema.safeParse(progress).data;
        if (said && known.has(said.currentFile)) state = said;
      },
      check: (result) => {
        if (pathsIn(result).some((path) => !known.has(path)))
          throw new MessageRefused('It tells of paths that nobody has asked about');
      },
    });
    return { state: () => state, done };
  },
});
