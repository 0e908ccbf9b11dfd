import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Taking } from '../../../src/domain/copy.ts';
import type { RepoFile } from '../../../src/domain/listing.ts';
import type { Model } from '../../../src/domain/model.ts';
import { type RemovedModel, UNDO_MS } from '../../../src/domain/removals/removed-model.ts';
import { selectionKey } from '../../../src/domain/files/selection.ts';
import { pythonWarnings } from '../../helpers/python-cache.ts';
import { excuse, expectWhatIsHad, giveFree } from './check.ts';
import { hold, one, type Order, someTurns, untilEmpty } from './order.ts';
import { CHOICES, type Choice, NEXT, QUANTS, sizeOf } from './sample.ts';

const CHATS = [1, 2];

export const modelsOf = ({ life }: Order): Model[] =>
  CHATS.flatMap((chatId) => life.store.models.listModels(chatId, {}));

const keptIn = ({ life }: Order): RemovedModel[] =>
  CHATS.flatMap((chatId) => life.store.removedModels.keptIn(chatId)).flatMap(
    (id) => life.store.removedModels.getRemoved(id) ?? [],
  );

const nameOf = ({ id, chatId, name, revision, status }: Model): string =>
  `#${id} of chat ${chatId} (${name}@${revision}, ${status})`;

/** What a look-up finds. */
const lookUp = ({ lives, tagged }: Order, { name, revision, paths }: Choice): { id: string; files: RepoFile[] } => {
  const { id, files } =
    revision === 'main'
      ? lives.hub.commitOf(name)
      : { id: tagged.id, files: tagged.files.map((file) => ({ ...file, etag: () => file.etag })) };
  const chosen = files.filter(({ path }) => paths.includes(path));
  return { id, files: chosen.map(({ path, size, etag }) => ({ path, size, etag: etag() })) };
};

/** Somebody asks again for what the chat has, as with /add. */
const askAgain = ({ life: { queue } }: Order, model: Model, commitSha: string, files: RepoFile[]): void => {
  const renewal = { commitSha, files, sizeBytes: sizeOf(files) };
  const isNewer = model.commitSha !== commitSha;
  if (model.status === 'completed' && (isNewer || model.filesGone > 0)) queue.renew(model.id, renewal);
  else if (model.status === 'failed') void (isNewer ? queue.renew(model.id, renewal) : queue.retry(model.id));
  else if (model.status === 'paused') queue.resume(model.id);
};

const add = (order: Order): string => {
  const { life, dice } = order;
  const [chatId, choice] = [CHATS[dice(2)] ?? 1, CHOICES[dice(CHOICES.length)] as Choice];
  const { name, revision, paths } = choice;
  const selection = selectionKey({ quantize: 'auto', include: paths, exclude: [] });
  const { id: commitSha, files } = lookUp(order, choice);
  const known = life.store.models
    .findModels(chatId, name)
    .find((model) => model.revision === revision && model.selection === selection);
  if (known) {
    askAgain(order, known, commitSha, files);
    return `ask again for ${nameOf(known)}`;
  }
  const made = { chatId, name, revision, selection, commitSha, files, sizeBytes: sizeOf(files) };
  const model = life.store.models.createModel(made);
  life.queue.wake();
  return `add ${nameOf(model)}: ${paths.join(', ')}`;
};

/** Something that a person does to some model. */
const toSome =
  (word: string, work: (order: Order, model: Model) => unknown) =>
  (order: Order): string => {
    const model = one(order, modelsOf(order));
    if (!model) return `${word} nothing`;
    return `${word} ${nameOf(model)}: ${String(work(order, model))}`;
  };

/** What somebody else has put there goes as well, if all of it shall: also of what is only looked at once more. */
const forget = (order: Order, { copyId, wantsCopyId }: Model): void => {
  const { copies } = order.ledger.reader.read();
  const lettingGo = copies.filter(({ id, path }) => id === copyId || (id === wantsCopyId && path !== null));
  for (const copy of lettingGo.filter(({ madeBy }) => madeBy === 'other')) {
    const root = join(order.lives.cacheDir, copy.repoFolder);
    for (const { path, etag } of copy.files) {
      for (const gone of [join(root, 'snapshots', copy.commit, path), join(root, 'blobs', etag)])
        giveFree(order.ledger, gone);
    }
  }
};

/** The newest revision of what somebody has, if there is one. */
const update = (order: Order, model: Model): string => {
  const choice = CHOICES.find(({ name, revision, paths }) => {
    const selection = selectionKey({ quantize: 'auto', include: paths, exclude: [] });
    return name === model.name && revision === model.revision && selection === model.selection;
  });
  if (!choice || model.status !== 'completed') return 'nothing to update';
  const { id: commitSha, files } = lookUp(order, choice);
  return String(order.life.queue.renew(model.id, { commitSha, files, sizeBytes: sizeOf(files) }));
};

const TAKINGS: readonly Taking[] = ['ours', 'ours', 'ours', 'nothing', 'nothing', 'all'];

export const removeModel = (order: Order, model: Model): Taking => {
  const taking = TAKINGS[order.dice(TAKINGS.length)] ?? 'ours';
  if (taking === 'all') forget(order, model);
  order.life.queue.remove(model.id, { taking, freedBytes: 0 });
  return taking;
};

/** Something that was removed is brought back. */
const undo = (order: Order): string => {
  const removed = one(order, keptIn(order));
  if (!removed) return 'undo nothing';
  return `undo the removal of ${nameOf(removed.model)}: ${order.life.queue.undo(removed.modelId)}`;
};

/** Nobody wants to have some removal back. */
const freeNow = (order: Order): string => {
  const removed = one(order, keptIn(order));
  if (!removed) return 'free nothing';
  // A kill may end it; what it has begun goes on then.
  const end = order.life.queue.freeNow(removed.modelId).catch(() => undefined);
  order.removing.add(end);
  void end.then(() => order.removing.delete(end));
  return `free what was kept of ${nameOf(removed.model)}`;
};

/** Whatever is kept has been kept long enough. */
export const passTheHour = async (order: Order): Promise<string> => {
  do {
    // By the clock on the wall alone: what stands still for so long by the other one is given up.
    order.lives.clock.turn(UNDO_MS);
    await order.life.queue.lookAfter();
  } while (keptIn(order).length > 0);
  return 'the hour passes';
};

/** What was kept by the later time is kept for an hour from now on. */
const setBack = ({ lives }: Order): string => {
  lives.clock.turn(-3 * UNDO_MS);
  return 'the clock is set back';
};

const restart = async (order: Order): Promise<string> => {
  order.ledger.reader.letGo();
  await order.life.close();
  order.life = order.lives.begin();
  return 'restart';
};

const kill = async (order: Order): Promise<string> => {
  await someTurns(order);
  order.ledger.reader.letGo();
  await order.life.cutOff();
  order.life = order.lives.begin();
  return 'kill';
};

/** The branch of the quants gets another commit. */
const move = (order: Order): string => {
  order.moves += 1;
  const files = NEXT.map((file) => ('seed' in file ? { ...file, seed: `${file.seed} ${order.moves}` } : file));
  const { id } = order.lives.hub.updateRepo(QUANTS, { files });
  return `the branch moves to ${id}`;
};

/** What another program may take away, in a repository’s folder. */
const PLACES = ['', 'blobs', 'snapshots', 'refs', '.hubgram'] as const;

const readOr = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const takeOutside = (order: Order): string => {
  const { ledger, lives, dice } = order;
  const folder = one(
    order,
    readOr(lives.cacheDir).filter((name) => name.startsWith('models--sample')),
  );
  if (folder === undefined) return 'nothing is there to be taken away from outside';
  const place = PLACES[dice(PLACES.length)] ?? '';
  const root = join(lives.cacheDir, folder, place);
  const name = place === '' || dice(2) === 0 ? '' : (one(order, readOr(root)) ?? '');
  ledger.disturbed.add(folder);
  ledger.visited.add(folder);
  rmSync(join(root, name), { recursive: true, force: true });
  excuse(ledger);
  return `something takes ${join(folder, place, name)} away`;
};

const lookAfter = async ({ life }: Order): Promise<string> => {
  await life.queue.lookAfter();
  return 'look after everything';
};

/** What people do about what does not come by itself. */
const helpOn = (order: Order): string[] =>
  modelsOf(order).flatMap((model) => {
    if (model.status === 'failed') order.life.queue.retry(model.id);
    if (model.status === 'pending' && model.statusReason === 'backoff') order.life.queue.startNow(model.id);
    return model.status === 'completed' || model.status === 'paused' ? [] : [`${nameOf(model)} does not come`];
  });

/** All that may come does, and what was taken away comes again. */
export const finish = async (order: Order): Promise<string> => {
  const { ledger } = order;
  order.letGo?.();
  await untilEmpty(() => helpOn(order));
  await order.life.queue.lookAfter();
  for (const { id, filesGone } of modelsOf(order)) if (filesGone > 0) order.life.queue.restore(id);
  await untilEmpty(() => helpOn(order));
  expectWhatIsHad(ledger);
  // Links to nothing stay where nobody wants any more what they led to.
  const isStill = (folder: string): boolean =>
    pythonWarnings(order.lives.cacheDir).some((text) => text.startsWith(folder));
  for (const folder of ledger.disturbed) if (!isStill(folder)) ledger.disturbed.delete(folder);
  hold(order);
  return 'everything comes';
};

/** What may happen, as often as it stands here. */
const STEPS: readonly ((order: Order) => string | Promise<string>)[] = [
  add,
  add,
  add,
  add,
  toSome('pause', ({ life }, { id }) => life.queue.pause(id)),
  toSome('resume', ({ life }, { id }) => life.queue.resume(id)),
  toSome('resume', ({ life }, { id }) => life.queue.resume(id)),
  toSome('cancel', ({ life }, { id }) => life.queue.cancel(id)),
  toSome('remove', removeModel),
  toSome('remove', removeModel),
  toSome('update', update),
  undo,
  undo,
  freeNow,
  passTheHour,
  setBack,
  toSome('restore', ({ life }, { id }) => life.queue.restore(id)),
  finish,
  finish,
  restart,
  kill,
  kill,
  move,
  takeOutside,
  lookAfter,
];

/** Something happens, and is written down. */
export const step = async (order: Order): Promise<void> => {
  const work = one(order, STEPS) ?? finish;
  // Before it is known how it ends.
  order.steps.push(work.name);
  order.steps[order.steps.length - 1] = await work(order);
};
