import { type Conversation, type ConversationData, conversations, type VersionedState } from '@grammyjs/conversations';
import { Composer, type Context, type MiddlewareFn } from 'grammy';
import { z } from 'zod';
import { isBusy } from '../domain/errors.ts';
import type { Store } from '../store/store.ts';
import { comesAgain, isDeaf } from './boundary.ts';
import { noteNotAllowed } from './noted.ts';
import { noting } from './updates/activities.ts';
import { AnswerLeftOut } from './telegram/answers.ts';
import type { Ctx } from './context.ts';
import { type FeatureDeps, LOOK_ONLY } from './feature.ts';
import { isSaidTo, topicOf } from './ui/meant/meant.ts';
import { answer } from './ui/reply.ts';
import { plain } from './ui/text.ts';

/** Raised whenever a dialogue's code changes: a state of another version can't be replayed and is dropped. */
const VERSION = 1;

/**
 * A dialogue is replayed from its start at each message, and keeps every message for it. One that has grown to this many
 * characters leads nowhere: about a dozen answers that could not be read.
 */
const STATE_MOST = 100_000;

const keyOf = (ctx: Ctx): string => `${ctx.chat?.id}:${ctx.from?.id}`;

/** Ends a dialogue that has grown too long to be replayed. */
const endlessDialogues =
  ({ conversations: rows }: Store): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const key = keyOf(ctx);
    if ((rows.read(key)?.length ?? 0) > STATE_MOST) {
      rows.delete(key);
      await answer(ctx, {
        text: plain('That was too many tries: I have stopped asking. Begin again whenever you like.'),
      });
    }
    await next();
  };

type DialogueDeps = Pick<FeatureDeps, 'store' | 'authority'>;

/** Ends the dialogue of whom the bot may not ask any more: what they could do when it began may have been taken away. */
const takenAway =
  ({ store: { conversations: rows }, authority }: DialogueDeps): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const key = keyOf(ctx);
    if (rows.read(key) === undefined || (await authority(ctx, { who: 'member' }))) {
      await next();
      return;
    }
    rows.delete(key);
    if (ctx.message?.text?.startsWith('/') !== false) {
      await next();
      return;
    }
    await noting(ctx, { action: 'message', by: 'dialogue' }, async () => {
      noteNotAllowed(ctx);
      await answer(ctx, { text: plain(LOOK_ONLY) });
    });
  };

/**
 * Does something outside of a dialogue, once, however often that is replayed. What is thrown comes out as it is: the plugin throws
 * a copy without its kind, by which alone it is known whether the update comes again.
 * @param work its result has to be JSON
 */
export const outside = async <T>(
  conversation: Conversation<Ctx, Context>,
  work: (ctx: Ctx) => T | Promise<T>,
): Promise<T> => {
  const thrown: unknown[] = [];
  try {
    return await conversation.external(async (ctx) => {
      try {
        return await work(ctx);
      } catch (error) {
        thrown.push(error);
        throw error;
      }
    });
  } catch (error) {
    throw thrown.length > 0 ? thrown[0] : error;
  }
};

/**
 * Says something in a dialogue, once, however often it is replayed. What a dialogue's own context sends would take no turn in
 * the budget of calls, and get no second try: the plugin gives it connections of its own.
 * @throws AppError busy: nothing is said, since what the dialogue has come to could not be kept
 */
export const sayInDialogue = async (
  conversation: Conversation<Ctx, Context>,
  say: (ctx: Ctx) => Promise<unknown>,
): Promise<void> => {
  await outside(conversation, async (ctx) => {
    ctx.checkKeeping?.();
    try {
      await say(ctx);
    } catch (error) {
      // The chat is told once for all that was left out, and whoever has blocked the bot is told nothing. The question stands.
      if (!(error instanceof AnswerLeftOut) && !isDeaf(error)) throw error;
    }
    return null;
  });
};

/**
 * How a question is asked whose answer one person is to write. In a group it answers their message: Telegram opens the field for those
 * whom a selective question answers or names, and for everybody if it does neither (Bot API, ForceReply).
 * @param placeholder stands in the field as long as nothing is written
 */
export const askingOne = ({ message, chat }: Ctx, placeholder?: string) => ({
  reply_markup: {
    force_reply: true,
    selective: true,
    ...(placeholder === undefined ? {} : { input_field_placeholder: placeholder }),
  } as const,
  ...(message && chat?.type !== 'private'
    ? { reply_parameters: { message_id: message.message_id, allow_sending_without_reply: true } }
    : {}),
});

/** Whether a message may be the answer to what is asked in the topic of the update that began the dialogue. */
export const mayAnswer = ({ msg: asked }: Context): ((ctx: Context) => boolean) => {
  const topic = topicOf(asked);
  return (ctx) => isSaidTo(ctx, topic);
};

/**
 * Begins a dialogue by its name. Whoever taps a button while another one asks has left that one: the plugin takes it for a
 * fault otherwise.
 */
export const enterDialogue = async (ctx: Ctx, name: string, ...args: unknown[]): Promise<void> => {
  await ctx.conversation.exitAll();
  await ctx.conversation.enter(name, ...args);
};

const dialoguesSchema = z.record(
  z.string(),
  z.array(z.looseObject({ args: z.string().optional(), replay: z.looseObject({}), interrupts: z.array(z.number()) })),
);

/** What the plugin has written; the replay itself belongs to it, and it drops what another version wrote. */
const stateSchema = z.object({
  version: z.tuple([z.literal(0), z.union([z.string(), z.number()])]),
  state: z.custom<ConversationData>((value) => dialoguesSchema.safeParse(value).success),
});

/** What updates that are being handled have made of dialogues, as text; null: they have ended. */
type Come = Map<string, string | null>;

/** Keeps what becomes of a dialogue once its update is handled: one that comes again finds the question that it answers. */
const keptOnceHandled =
  ({ conversations: rows, checkWrite }: DialogueDeps['store'], come: Come): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    const key = keyOf(ctx);
    ctx.checkKeeping = () => {
      try {
        checkWrite();
      } catch (error) {
        // A full disk is told with the answer.
        if (isBusy(error)) throw error;
      }
    };
    try {
      await next();
    } catch (error) {
      if (comesAgain(error)) come.delete(key);
      throw error;
    } finally {
      const state = come.get(key);
      come.delete(key);
      if (state === null) rows.delete(key);
      else if (state !== undefined) rows.write(key, state, VERSION);
    }
  };

const readState = (text: string): VersionedState<ConversationData> | undefined => {
  try {
    return stateSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // Whoever reads it tells the log, with the key of its row.
    return undefined;
  }
};

/**
 * Dialogues keep their state in the database, keyed by chat and person: in a group nobody else's message continues
 * them. Installed only where there are both; the plugin would file everything else under one key.
 */
export const dialogues = (deps: DialogueDeps & Pick<FeatureDeps, 'log'>): Composer<Ctx> => {
  const { store, log } = deps;
  const come: Come = new Map();
  const composer = new Composer<Ctx>();
  composer
    .filter((ctx) => ctx.chat !== undefined && ctx.from !== undefined)
    .use(
      takenAway(deps),
      endlessDialogues(store),
      keptOnceHandled(store, come),
      conversations<Ctx, Ctx>({
        storage: {
          type: 'key',
          version: VERSION,
          getStorageKey: keyOf,
          adapter: {
            read: (key) => {
              const text = store.conversations.read(key);
              if (text === undefined) return undefined;
              const state = readState(text);
              if (state) return state;
              log.error({ conversation: key }, 'A dialogue cannot be read, and is left');
              store.conversations.delete(key);
              return undefined;
            },
            write: (key, state) => void come.set(key, JSON.stringify(state)),
            delete: (key) => void come.set(key, null),
          },
        },
      }),
    );
  return composer;
};

/** A bare `/cancel` leaves the dialogue that is open; without one it is the queue's. */
export const leaveDialogue = (): Composer<Ctx> => {
  const composer = new Composer<Ctx>();
  composer.command('cancel', async (ctx, next) => {
    const open = Object.values(ctx.conversation.active()).some((amount) => amount > 0);
    if (!open || ctx.match.trim() !== '') {
      await next();
      return;
    }
    await ctx.conversation.exitAll();
    await answer(ctx, { text: plain('Left. Nothing was changed.') });
  });
  return composer;
};
