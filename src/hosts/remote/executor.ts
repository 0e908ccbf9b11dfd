import type { Published } from '../../cache/missing.ts';
import type { Piece, PieceWanted } from '../../cache/read-piece.ts';
import type { Executor } from '../../copies/executor.ts';
import { AppError } from '../../domain/errors.ts';
import { type Answer, type Asked, PIECE_BYTES, type QuestionName } from '../wire/questions.ts';
import { bytesIn, checkPaths } from './believed.ts';
import { type JobDeps, startCopy, startVerify } from './jobs.ts';
import { pages, shownThere } from './pages.ts';
import type { QuestionDesk } from './question-desk.ts';

interface ExecutorDeps extends JobDeps {
  readonly questions: QuestionDesk;
  readonly bytesReceived: () => number;
  /** All that its disk holds, as far as it is known. */
  readonly diskBytes: () => number;
}

const readPiece =
  (ask: QuestionDesk['ask']) =>
  async (wanted: PieceWanted): Promise<Piece> => {
    const pieces: Buffer[] = [];
    let size = 0;
    for (let done = 0; done < wanted.bytes || done === 0; ) {
      const bytes = Math.min(PIECE_BYTES, wanted.bytes - done);
      const { repoFolder, commit, path } = wanted;
      const answer = await ask('read', { repoFolder, commit, path, start: wanted.start + done, bytes });
      const piece = Buffer.from(answer.content.join(''), 'base64');
      if (piece.length > bytes) throw new AppError('integrity', 'A host has sent more than it was asked for.');
      size = answer.size;
      pieces.push(piece);
      done += piece.length;
      if (piece.length < bytes) break;
    }
    return { size, content: Buffer.concat(pieces).toString('base64') };
  };

/** What carries out on another machine what is wanted there: all of it goes over Redis. */
export const createRemoteExecutor = (deps: ExecutorDeps): Executor => {
  const { host, questions, bytesReceived, diskBytes, runs } = deps;
  const ask = <Name extends QuestionName>(name: Name, asked: Asked<Name>): Promise<Answer<Name>> =>
    questions.ask(name, asked);
  const bytesOf = async (answer: Promise<{ readonly bytes: number }>, most = Infinity): Promise<number> =>
    Math.min((await answer).bytes, most);
  const notThere = (): Promise<never> =>
    Promise.reject(
      new AppError(
        'operational',
        `Apps are given links on the machine of the bot only; this model lies on ${host}. There, point the app at the folder of the model.`,
      ),
    );
  const publishedOf = ({ repoFolder, commit, files }: Published): Published => ({ repoFolder, commit, files });
  return {
    start: startCopy(deps),
    verify: startVerify(deps),
    bytesReceived,
    missingBytes: (wanted) => bytesOf(ask('missingBytes', wanted), bytesIn(wanted.files)),
    missingFiles: async (published) => (await ask('missingFiles', publishedOf(published))).missing,
    filesThere: async (published) => {
      const { paths } = await ask('filesThere', publishedOf(published));
      checkPaths(paths, published.files);
      return paths;
    },
    freeBytes: (repoFolder) => bytesOf(ask('freeBytes', { repoFolder })),
    diskOf: async (repoFolder) => (await ask('diskOf', { repoFolder })).disk,
    memory: () => ask('memory', {}),
    room: () => ask('room', {}),
    lastUse: async (published) => (await ask('lastUse', publishedOf(published))).use,
    read: readPiece(ask),
    list: (signal) => pages(deps, 'list', { given: {}, signal }),
    shown: (snapshot, signal) => shownThere(deps, snapshot, signal),
    partials: (signal) => pages(deps, 'partials', { given: {}, signal }),
    sweep: async (unwanted) => {
      await ask('sweep', unwanted);
    },
    removeSnapshot: async (removal) => {
      await runs.endOthersIn(removal.repoFolder);
      return bytesOf(ask('removeSnapshot', removal), diskBytes());
    },
    removeArrived: async (arrived) => {
      await runs.endOthersIn(arrived.repoFolder);
      return bytesOf(ask('removeArrived', arrived), diskBytes());
    },
    link: notThere,
    unlink: notThere,
    missingInOllama: notThere,
    linksThere: notThere,
    takeOver: notThere,
  };
};
