import { refuse } from '../../domain/errors.ts';
import { type Host, THIS_HOST } from '../../domain/hosts/host.ts';
import { hasCopy, type Model } from '../../domain/model.ts';
import type { AddOptions } from '../../domain/repo/add-options.ts';
import { parseSelectionKey } from '../../domain/files/selection.ts';
import { modelLabel } from '../../domain/repo/model-label.ts';
import type { Store } from '../../store/store.ts';

/** As its card names it, without where it lies. */
const labelOf = (model: Model): string => modelLabel({ ...model, hostName: null });

/** What its chat has, or is about to have, of the same on whatever machine: the model itself, and others. */
const sameAs = (
  { models }: Pick<Store, 'models'>,
  { chatId, name, repoType, revision, selection }: Model,
): readonly Model[] =>
  models
    .findModels(chatId, name)
    .filter((one) => one.repoType === repoType && one.revision === revision && one.selection === selection);

/** The machine on which a model that is to move lies until it has come; undefined: it moves nowhere, or lies nowhere yet. */
export const stillOn = (
  { copies, hosts }: Pick<Store, 'copies' | 'hosts'>,
  { status, hostId, copyId }: Model,
): Host | undefined => {
  const liesOn = status === 'completed' || copyId === null ? undefined : copies.getCopy(copyId)?.hostId;
  return liesOn === undefined || liesOn === hostId ? undefined : hosts.getHost(liesOn);
};

/** Machines that a model may come onto besides. What is no repository's comes onto the machine of the bot alone. */
export const hostsLeft = (store: Pick<Store, 'models' | 'hosts'>, model: Model): readonly Host[] => {
  const joined = store.hosts.listHosts().filter(({ state }) => state === 'joined');
  if (joined.length < 2 || model.sourceUrl !== null) return [];
  const taken = new Set(sameAs(store, model).map(({ hostId }) => hostId));
  return joined.filter(({ id }) => !taken.has(id));
};

/** That of the bot in the middle of a sentence. */
export const HERE_WORDS = 'the machine that I run on';

/** A machine in the middle of a sentence. */
export const machineWords = ({ id, name }: Host): string => (id === THIS_HOST ? HERE_WORDS : name);

/** Why nothing has to come there. @param there what lies there, or is about to */
const alreadyThere = (model: Model, there: Model, host: Host): string => {
  const [label, machine] = [labelOf(model), machineWords(host)];
  const which = there.id === model.id ? '.' : `: #${there.id}.`;
  if (there.status === 'completed') return `${label} is on ${machine} already${which}`;
  if (there.status !== 'failed') return `${label} is on its way to ${machine} already${which}`;
  const back = hasCopy(there) ? `, and /cancel #${there.id} leaves it where it lies` : '';
  return `${label} did not come to ${machine}. /retry #${there.id} tries it again${back}.`;
};

/** @throws AppError validation: it cannot come there, with the reason */
const checkMayCome = (store: Pick<Store, 'models' | 'hosts'>, model: Model, host: Host): void => {
  if (model.sourceUrl !== null)
    refuse(`${labelOf(model)} is from a web address: such files lie on the machine that I run on.`);
  const there = sameAs(store, model).find(({ hostId }) => hostId === host.id);
  if (there) refuse(alreadyThere(model, there, host));
};

const filesOf = ({ selection, revision }: Model): AddOptions => {
  const { quantize, include, exclude, storableOnly } = parseSelectionKey(selection);
  return { revision, quantize, include, exclude, ...(storableOnly ? { storableOnly } : {}) };
};

/**
 * What a look-up is asked for that brings a model onto another machine besides, from where it came.
 * @throws AppError validation: it is there already, or comes from a web address
 */
export const alsoOn = (store: Pick<Store, 'models' | 'hosts'>, model: Model, host: Host): AddOptions => {
  checkMayCome(store, model, host);
  const { priority, description, category } = model;
  return {
    ...filesOf(model),
    priority,
    ...(description === null ? {} : { description }),
    ...(category === null ? {} : { category }),
    hostId: host.id,
  };
};

/**
 * The same for a model that moves there: where it lies now it stays until it is whole there, and goes then.
 * @throws as `alsoOn`
 */
export const movedTo = (store: Pick<Store, 'models' | 'hosts'>, model: Model, host: Host): AddOptions => {
  checkMayCome(store, model, host);
  return { ...filesOf(model), hostId: host.id, replaces: model.id };
};
