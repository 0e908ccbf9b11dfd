import { Composer, Context, type Middleware, type MiddlewareFn } from 'grammy';
import {
  type Action,
  type Authority,
  type Command,
  type Door,
  type Doors,
  type Feature,
  type FeatureDeps,
  type Handlers,
  LOOK_ONLY,
  type May,
  type Rule,
} from './feature.ts';
import type { Way } from '../domain/activity/activity.ts';
import type { Ctx } from './context.ts';
import { dataPattern } from './ui/buttons.ts';
import { answer } from './ui/reply.ts';
import { noteNotAllowed } from './noted.ts';
import { noting, notingIfTaken } from './updates/activities.ts';
import { plain } from './ui/text.ts';

const CHANGING: Rule = { who: 'member' };

/** What whom a rule is not for is told, as far as it can be said before it is known what is meant. */
const refusalOf = async (ctx: Ctx, { who, refusal = LOOK_ONLY }: Rule, authority: Authority, may: May) => {
  if ((who === 'asker' || who === 'manager') && !(await authority(ctx, CHANGING))) return LOOK_ONLY;
  // Which model is meant, and who asked for it, only the handler finds out.
  return who === 'asker' || (await may()) ? undefined : refusal;
};

/** Turns away whom a rule is not for. */
const isRefused = async (ctx: Ctx, rule: Rule, authority: Authority, may: May): Promise<boolean> => {
  const refusal = await refusalOf(ctx, rule, authority, may);
  if (refusal === undefined) return false;
  noteNotAllowed(ctx);
  if (ctx.callbackQuery) await ctx.answerCallbackQuery({ text: refusal, show_alert: true });
  else await answer(ctx, { text: plain(refusal) });
  return true;
};

/** A rule with those of its parts. */
type Parted = Rule & { readonly parts?: Readonly<Record<string, Rule>> };

const partOf = ({ parts }: Parted, name: string): Rule => {
  const part = parts?.[name];
  if (part === undefined) throw new Error(`nothing says whom “${name}” is for`);
  return part;
};

/** Of several that a handler asks about, one that may be is enough for it not to have been in vain. */
const noteAnswers = (ctx: Ctx, may: May): May => {
  const answers = new Set<boolean>();
  return async (about) => {
    const mayThat = await may(about);
    answers.add(mayThat);
    if (ctx.noted) ctx.noted.isRefused = !answers.has(true);
    return mayThat;
  };
};

/** What is declared is guarded, and noted: a handler is reached through its rule only. */
const guarded =
  <C extends Ctx>(authority: Authority, rule: Parted, handle: (ctx: C, may: May) => Promise<void>) =>
  async (ctx: C): Promise<void> => {
    const may: May = ({ part, requestedBy } = {}) =>
      authority(ctx, part === undefined ? rule : partOf(rule, part), requestedBy);
    if (!(await isRefused(ctx, rule, authority, may))) await handle(ctx, noteAnswers(ctx, may));
  };

/** @throws Error a handler that is not declared would be reached by everybody */
const doorOf = ({ commands, doors }: Feature, name: keyof Doors): Door => {
  const door = doors?.[name];
  if (!door) throw new Error(`nothing says whom the ${name} of ${Object.keys(commands)[0]} are for`);
  return door;
};

interface Built {
  readonly feature: Feature;
  readonly handlers: Handlers;
}

/** What is written without a command is no wish, unless a command stands under what was sent: others are left to talk. */
const writtenBy =
  (authority: Authority, rule: Rule, take: MiddlewareFn<Ctx>): MiddlewareFn<Ctx> =>
  async (ctx, next) => {
    if (await authority(ctx, rule)) await take(ctx, next);
    else if (ctx.message?.caption?.startsWith('/') === true) {
      noteNotAllowed(ctx);
      await answer(ctx, { text: plain(LOOK_ONLY) });
    } else await next();
  };

/** The word for what a feature does where nothing has a word of its own. */
const wordOf = ({ commands, actions }: Feature): string =>
  Object.keys(commands)[0] ?? Object.keys(actions)[0] ?? 'message';

const writtenIn = ({ msg: message }: Ctx): string | undefined =>
  message?.document?.file_name ?? message?.text ?? message?.caption;

/** A command or a button, of which an update has the name. */
interface Named {
  /** @returns undefined: it is not meant all the same */
  readonly handle: (ctx: Ctx) => Promise<void> | undefined;
}

/** The commands of one feature, by all their names. */
const commandsOf = ({ feature, handlers }: Built, authority: Authority): ReadonlyMap<string, Named> => {
  const named = Object.entries<Command>(feature.commands).flatMap(([name, command]) => {
    const handle = handlers.commands[name];
    if (!handle) return [];
    const words = [name, ...(command.aliases ?? [])];
    const isMeant = Context.has.command(words);
    const take = guarded(authority, command, handle);
    const one: Named = {
      handle: (ctx) =>
        isMeant(ctx) ? noting(ctx, { action: name, by: 'command', said: ctx.match }, () => take(ctx)) : undefined,
    };
    return words.map((word) => [word, one] as const);
  });
  return new Map(named);
};

/** The buttons of one feature, by their names. */
const buttonsOf = ({ feature, handlers }: Built, authority: Authority): ReadonlyMap<string, Named> => {
  const named = Object.entries<Action>(feature.actions).flatMap(([name, action]) => {
    const handle = handlers.actions[name];
    if (!handle) return [];
    const isMeant = Context.has.callbackQuery(dataPattern(name, action.data?.pattern));
    const take = guarded(authority, action, handle);
    const saidIn = (data: string): string | undefined => action.data && data.slice(name.length + 1);
    const one: Named = {
      handle: (ctx) =>
        isMeant(ctx)
          ? noting(ctx, { action: name, by: 'button', said: saidIn(ctx.callbackQuery.data) }, () => take(ctx))
          : undefined,
    };
    return [[name, one] as const];
  });
  const { open } = handlers;
  const { opener } = feature;
  if (!opener || !open) return new Map(named);
  const isMeant = Context.has.callbackQuery(dataPattern('open', String(opener.number)));
  const take = guarded(authority, opener, async (ctx: Ctx) => {
    await ctx.answerCallbackQuery();
    await open(ctx);
  });
  // It only shows what the command alone shows.
  const opening: Named = {
    handle: (ctx) => (isMeant(ctx) ? noting(ctx, { action: wordOf(feature), by: 'menu' }, () => take(ctx)) : undefined),
  };
  return new Map([...named, ['open', opening]]);
};

/** The name of the command or button that an update may be. */
const nameIn = ({ message, callbackQuery }: Ctx): string | undefined =>
  /^\/(\w+)/.exec(message?.text ?? '')?.[1] ?? callbackQuery?.data?.split(':', 1)[0];

/**
 * The commands and buttons of one feature, then what else it takes. They are found by their names: to ask each of two hundred whether it is
 * meant took a fifth of the time of an answer.
 */
const handlersOf = (one: Built, authority: Authority): Composer<Ctx> => {
  const { feature, handlers } = one;
  const [commands, buttons] = [commandsOf(one, authority), buttonsOf(one, authority)];
  const composer = new Composer<Ctx>(async (ctx, next) => {
    const name = nameIn(ctx) ?? '';
    const handled = (ctx.callbackQuery ? buttons : commands).get(name)?.handle(ctx);
    await (handled ?? next());
  });
  const { messages } = handlers;
  if (messages) {
    const take = writtenBy(authority, doorOf(feature, 'messages'), messages);
    const by = (ctx: Ctx): Way => (ctx.msg?.document ? 'document' : 'message');
    composer.use(notingIfTaken((ctx) => ({ action: wordOf(feature), by: by(ctx), said: writtenIn(ctx) }), take));
  }
  // Not noted: what people of a group say to each other comes here too.
  if (handlers.rest) composer.use(handlers.rest);
  return composer;
};

/** What is typed behind the bot's name goes to who takes it, and no further: there is no chat that anything else could be about. */
const inlineOf = (built: readonly Built[]): Middleware<Ctx> => {
  return async (ctx, next) => {
    if (!ctx.inlineQuery) return next();
    for (const { feature, handlers } of built) {
      const { inline } = handlers;
      if (inline) await noting(ctx, { action: wordOf(feature), by: 'inline' }, () => inline(ctx));
    }
  };
};

/** All that is done with an update once it is known who may speak to the bot at all, and what is done before that. */
export const dispatch = (
  features: readonly Feature[],
  deps: FeatureDeps,
): {
  readonly beforeGuard: readonly Middleware<Ctx>[];
  readonly inline: Middleware<Ctx>;
  readonly first: readonly Middleware<Ctx>[];
  readonly behindGuard: readonly Middleware<Ctx>[];
} => {
  const built = features.map((feature): Built => ({ feature, handlers: feature.build(deps) }));
  for (const { feature, handlers } of built)
    for (const name of ['menu', 'dialogue', 'inline'] as const) if (handlers[name]) doorOf(feature, name);
  const dialogues = built.flatMap(({ feature, handlers: { dialogue } }) =>
    dialogue
      ? notingIfTaken((ctx) => ({ action: wordOf(feature), by: 'dialogue', said: writtenIn(ctx) }), dialogue)
      : [],
  );
  const menus = built.flatMap(({ feature, handlers: { menu } }) =>
    menu ? notingIfTaken(() => ({ action: wordOf(feature), by: 'menu' }), menu) : [],
  );
  return {
    beforeGuard: built.flatMap(({ handlers }) => handlers.beforeGuard ?? []),
    inline: inlineOf(built),
    first: built.flatMap(({ feature, handlers: { first } }) => {
      if (!first) return [];
      // It turns others away by itself: what they sent has to go all the same.
      doorOf(feature, 'first');
      return notingIfTaken(() => ({ action: wordOf(feature), by: 'message' }), first);
    }),
    behindGuard: [...dialogues, ...menus, ...built.map((one) => handlersOf(one, deps.authority))],
  };
};
