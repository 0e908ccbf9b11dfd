import { basename } from 'node:path/posix';
import { isForNow } from '../../domain/errors.ts';
import type { Model } from '../../domain/model.ts';
import { webFileParts } from '../../domain/repo/web-file.ts';
import type { AddRequest } from '../../store/downloads/add-requests.ts';
import { type Card, type CardToDraw, TOLD } from '../../store/messages/cards.ts';
import type { Finding } from '../../library/finding/finding.ts';
import { machineWords, stillOn } from '../../library/hosts/elsewhere.ts';
import { statusWord, timesOf, type ViewDeps, viewOf } from '../../library/model-view.ts';
import type { Verifying } from '../../library/verifying/verifying.ts';
import type { Queue } from '../../queue/queue.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Store } from '../../store/store.ts';
import { modelLabel } from '../ui/label.ts';
import { messageParameters, type Rendering } from '../ui/text.ts';
import { waitingText } from '../ui/waiting.ts';
import { modelCard } from './card/card.ts';
import { type About, requestCard } from './request-card.ts';

/** What a message should show now. */
export interface Drawing {
  readonly rendering: Rendering;
  /** The rendering as one text, to see whether anything changed. */
  readonly content: string;
  /** The message has served and shall be deleted. It is edited to `rendering` where Telegram does not let it be deleted. */
  readonly erase?: boolean;
  /** Remembers that this is on the screen. */
  readonly drew: () => void;
}

/** How urgent a drawing is: a state that will stay goes first, then a first appearance, a change of state, progress. */
export type Hurry = 'final' | 'new' | 'change' | 'progress';

/** A message that the board keeps in step with a row. Rendering it is dear and done only when it may be drawn. */
export interface Slot {
  readonly key: string;
  readonly chatId: number;
  readonly threadId: number | null;
  /** null: not sent yet, or gone. */
  readonly messageId: number | null;
  readonly replyTo: number | null;
  /** What was drawn last. */
  readonly drawn: string | null;
  /** In which state it is: another one than was drawn last is news, and does not wait as progress does. */
  readonly state: string;
  readonly hurry: Exclude<Hurry, 'change'>;
  /** Somebody has asked for it alone, and waits: until it is sent it goes as answers do. */
  readonly isAwaited?: boolean;
  /** undefined: there is nothing to show any more. */
  readonly render: () => Drawing | undefined;
  /** The message whose place it takes: it goes once this one is sent. */
  readonly replaces?: number | null;
  /** Remembers where it was sent; null = it is gone. */
  readonly sent: (messageId: number | null) => void;
  /** Forgets the topic, which is gone. */
  readonly leaveThread: () => void;
}

export interface SlotDeps extends ViewDeps {
  readonly queue: ViewDeps['queue'] & Pick<Queue, 'hostAway'>;
  readonly settings: Settings;
  readonly finding: Pick<Finding, 'pageOf'>;
  readonly verifying: Pick<Verifying, 'progress' | 'awaits'>;
}

/** A rendering as one text, in the form in which rows keep what is on the screen. */
export const contentOf = (rendering: Rendering): string => {
  const { text, look } = messageParameters(rendering);
  return JSON.stringify({ text, entities: look.entities, options: { reply_markup: look.reply_markup } });
};

/** Nothing of it changes before its row does. */
const isResting = ({ status, checking }: Pick<CardToDraw, 'status' | 'checking'>): boolean =>
  !checking && (status === 'completed' || status === 'failed' || status === 'paused');

/** What a model looks like right now. */
const drawModel = (deps: SlotDeps, card: CardToDraw, isFolded: boolean): Drawing | undefined => {
  const { store } = deps;
  const model = store.models.getModel(card.modelId);
  if (!model) return undefined;
  const { id, status } = model;
  const compact = deps.settings.chat(model.chatId).compact_cards ? (card.opened ? 'opened' : 'closed') : undefined;
  const view = viewOf(deps, model);
  const rendering = modelCard({ ...view, isFolded, compact });
  const content = contentOf(rendering);
  const checking = view.check?.check.state === 'waiting';
  const rests = isResting({ status, checking });
  return {
    rendering,
    content,
    drew: () => {
      // The row may have moved on while Telegram answered: then the next look draws it again.
      const unmoved = store.models.getModel(id)?.updatedAt === model.updatedAt;
      store.cards.setDrawn(id, content, rests && unmoved, unmoved && !checking);
    },
  };
};

const modelSlot = (deps: SlotDeps, card: CardToDraw, isFolded: boolean): Slot => ({
  key: `model ${card.modelId}`,
  chatId: card.chatId,
  threadId: card.threadId,
  messageId: card.messageId,
  replyTo: card.replyTo,
  drawn: card.drawn,
  state: `${card.status} ${card.statusReason}${isFolded ? ' folded' : ''}${card.opened ? ' opened' : ''}${card.checking ? ' checking' : ''}`,
  hurry: isResting(card) ? 'final' : card.messageId === null || card.drawn === null ? 'new' : 'progress',
  isAwaited: card.asked,
  render: () => drawModel(deps, card, isFolded),
  sent: (messageId) => deps.store.cards.replaceCardMessage(card.modelId, messageId),
  leaveThread: () => deps.store.cards.leaveCardThread(card.modelId),
});

/** What the model of a request waits for, if it does not go on at once. */
const waitsFor = (deps: SlotDeps, model: Model): string | undefined => {
  const waiting = deps.queue.waitingOf(model);
  return waiting && waiting.kind !== 'turn' ? waitingText(waiting, timesOf(deps, model.chatId)) : undefined;
};

/** Where a file lies that was asked for by another name, or by its address. */
const nameHere = ({ ref }: AddRequest, { name }: Model): string | undefined =>
  webFileParts(name) && basename(name) !== ref ? name : undefined;

/** Of an edit that found what was wanted in the library already: what that is, how it is, and which model stays as it was. */
const foundByEdit = (
  { store }: SlotDeps,
  { outcome, options }: AddRequest,
  model: Model | undefined,
): Pick<About, 'label' | 'word' | 'stays'> => {
  if (!model || outcome === null || options?.replaces === undefined) return {};
  const stays = options.replaces === model.id ? undefined : store.models.getModel(options.replaces);
  return {
    label: modelLabel(model),
    word: statusWord(store, model),
    ...(stays ? { stays: `#${stays.id} ${modelLabel(stays)}` } : {}),
  };
};

const drawRequest = (deps: SlotDeps, request: AddRequest): Drawing => {
  const { store } = deps;
  const model = request.modelId === null ? undefined : store.models.getModel(request.modelId);
  const from = model && stillOn(store, model);
  const rendering = requestCard(request, {
    waitsFor: model && waitsFor(deps, model),
    calledHere: model && nameHere(request, model),
    hasCard: model !== undefined && typeof store.cards.cardOf(model.id)?.messageId === 'number',
    hostName: model?.hostName ?? undefined,
    stillOn: from && machineWords(from),
    timezone: timesOf(deps, request.chatId).timezone,
    ...foundByEdit(deps, request, model),
  });
  const content = contentOf(rendering);
  return {
    rendering,
    content,
    drew: () => {
      const unmoved = store.addRequests.getAddRequest(request.id)?.updatedAt === request.updatedAt;
      store.addRequests.setDrawn(request.id, content, unmoved);
    },
  };
};

const requestSlot = (deps: SlotDeps, request: AddRequest): Slot => ({
  key: `request ${request.id}`,
  chatId: request.chatId,
  threadId: request.threadId,
  messageId: request.cardMessageId,
  // After a group became a supergroup, the old message's id means nothing there; it is kept below zero.
  replyTo: request.messageId > 0 ? request.messageId : null,
  drawn: null,
  state: request.state,
  hurry: request.state === 'failed' ? 'final' : 'new',
  render: () => drawRequest(deps, request),
  sent: (messageId) => {
    const { store } = deps;
    store.addRequests.setAddRequestCard(request.id, messageId);
    // The look-up may have ended while the message was on its way: then the model's card takes it over.
    const modelId = store.addRequests.getAddRequest(request.id)?.modelId ?? null;
    const card = modelId === null ? undefined : store.cards.cardOf(modelId);
    if (card?.messageId === null && card.replyTo === request.messageId) {
      store.cards.replaceCardMessage(card.modelId, messageId);
    }
  },
  leaveThread: () => deps.store.addRequests.leaveThread(request.id),
});

/** What the Hub answers within this long is shown at once: “looking up” before it would cost a call that others need. */
const LOOK_UP_GRACE_MS = 300;

/**
 * A model's card has taken the request's message over, or will be its first one. Of two who asked before any message was
 * sent, the card answers the one whose message it replies to.
 */
const isAnsweredBy = (card: Card, { messageId, cardMessageId }: AddRequest): boolean =>
  card.messageId === cardMessageId && (cardMessageId !== null || card.replyTo === messageId);

/** While the database refuses to note it, the next look tries again. */
const whileItMay = (note: () => void): void => {
  try {
    note();
  } catch (error) {
    if (!isForNow(error)) throw error;
  }
};

/** Notes that nothing is to be drawn of a request any more. */
const settle = (store: Store, { id }: AddRequest): void => whileItMay(() => store.addRequests.setDrawn(id, '', true));

/** What was asked for, as long as no model's card shows it. */
export const requestSlots = (deps: SlotDeps): Slot[] => {
  const { store, clock } = deps;
  return store.addRequests.requestsToDraw().flatMap((request) => {
    const isNew = request.state === 'looking_up' && request.cardMessageId === null;
    const age = clock.now() - Date.parse(request.createdAt);
    if (isNew && age >= 0 && age < LOOK_UP_GRACE_MS) return [];
    const card = request.modelId === null ? undefined : store.cards.cardOf(request.modelId);
    if (card && isAnsweredBy(card, request)) {
      settle(store, request);
      return [];
    }
    // Its model was removed before anything was shown of the request.
    if (request.state === 'added' && request.modelId === null && request.cardMessageId === null) {
      store.addRequests.setDrawn(request.id, '', true);
      return [];
    }
    // The request would say that the model's card is further up, and that card has not been sent yet.
    if (card && card.messageId === null && card.drawn !== TOLD && !card.final) return [];
    return [requestSlot(deps, request)];
  });
};

/** The chat's summary shows how far it is, unless somebody asked to see this very card. */
const isFolded = ({ status, chatId, asked }: CardToDraw, folded: ReadonlySet<number>): boolean =>
  status === 'downloading' && !asked && folded.has(chatId);

/**
 * A card that was never sent is not sent for what the summary shows, nor for a pause that everybody has seen there: it
 * comes when it has something of its own to say.
 */
const isUntold = (card: CardToDraw, folded: ReadonlySet<number>): boolean => {
  if (card.messageId !== null) return true;
  const rests = card.status === 'paused' || card.status === 'pending';
  return !isFolded(card, folded) && !(card.drawn === TOLD && rests);
};

/** @param folded chats whose running downloads are shown by their summary */
export const modelSlots = (deps: SlotDeps, cards: readonly CardToDraw[], folded: ReadonlySet<number>): Slot[] => {
  const [untold, told] = [
    cards.filter((card) => isUntold(card, folded)),
    cards.filter((card) => !isUntold(card, folded)),
  ];
  const news = told.filter(({ upToDate }) => !upToDate).map(({ modelId }) => modelId);
  whileItMay(() => deps.store.cards.setUpToDate(news));
  return untold.map((card) => modelSlot(deps, card, isFolded(card, folded)));
};
