import type { Executor } from '../../copies/executor.ts';
import type { Answer, Asked, QuestionName } from '../wire/questions.ts';
import type { Pages } from './pages.ts';

/** How each question is answered, by its name. */
export type Answers = { readonly [Name in QuestionName]: (asked: Asked<Name>) => Promise<Answer<Name>> };

/** What answers questions: this machine's executor, and whoever knows what is wanted of its runs. */
export interface AnswersDeps {
  readonly copies: Executor;
  readonly pages: Pages;
  readonly look: () => Promise<void>;
}

/** Each question is answered by what the executor of this machine says. */
export const createAnswers = ({ copies, pages, look }: AnswersDeps): Answers => ({
  missingBytes: async (wanted) => ({ bytes: await copies.missingBytes(wanted) }),
  missingFiles: async (published) => ({ missing: await copies.missingFiles(published) }),
  filesThere: async (published) => ({ paths: await copies.filesThere(published) }),
  freeBytes: async ({ repoFolder }) => ({ bytes: await copies.freeBytes(repoFolder) }),
  diskOf: async ({ repoFolder }) => ({ disk: await copies.diskOf(repoFolder) }),
  memory: copies.memory,
  room: copies.room,
  lastUse: async (published) => ({ use: await copies.lastUse(published) }),
  read: async (wanted) => {
    const { size, content } = await copies.read(wanted);
    return { size, content: [content] };
  },
  sweep: async (unwanted) => {
    await copies.sweep(unwanted);
    return {};
  },
  removeSnapshot: async (removal) => ({ bytes: await copies.removeSnapshot(removal) }),
  removeArrived: async (arrived) => ({ bytes: await copies.removeArrived(arrived) }),
  list: ({ cursor }) => pages.next(cursor, (signal) => copies.list(signal)),
  shown: ({ cursor, ...snapshot }) => pages.next(cursor, (signal) => copies.shown(snapshot, signal)),
  partials: ({ cursor }) => pages.next(cursor, (signal) => copies.partials(signal)),
  leave: ({ cursor }) => {
    pages.leave(cursor);
    return Promise.resolve({});
  },
  look: async () => {
    await look();
    return {};
  },
});
