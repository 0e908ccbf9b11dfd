import { Composer, type Middleware, type MiddlewareFn } from 'grammy';
import {
  type Action,
  type Authority,
  type Command,
  type Feature,
  type FeatureDeps,
  type Handlers,
  LOOK_ONLY,
  type May,
  type Rule,
} from './feature.ts';
import type { Ctx } from './context.ts';
import { dataPattern } from './ui/buttons.ts';
import { answer } from './ui/reply.ts';
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

/** What is declared is guarded: a handler is reached through its rule only. */
const guarded =
  <C extends Ctx>(authority: Authority, rule: Parted, handle: (ctx: C, may: May) => Promise<void>) =>
  async (ctx: C): Promise<void> => {
    const may: May = ({ part, requestedBy } = {}) =>
      authority(ctx, part === undefined ? rule : partOf(rule, part), requestedBy);
    if (!(await isRefused(ctx, rule, authority, may))) await handle(ctx, may);
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
    else if (ctx.message?.caption?.startsWith('/') === true) await answer(ctx, { text: plain(LOOK_ONLY) });
    else await next();
  };

/** The commands and buttons of one feature, then what else it takes. */
const handlersOf = ({ feature, handlers }: Built, authority: Authority): Composer<Ctx> => {
  const composer = new Composer<Ctx>();
  for (const [name, command] of Object.entries<Command>(feature.commands)) {
    const handle = handlers.commands[name];
    if (handle) composer.command([name, ...(command.aliases ?? [])], guarded(authority, command, handle));
  }
  for (const [name, action] of Object.entries<Action>(feature.actions)) {
    const handle = handlers.actions[name];
    if (handle) composer.callbackQuery(dataPattern(name, action.data?.pattern), guarded(authority, action, handle));
  }
  const { open } = handlers;
  if (feature.opener && open) {
    composer.callbackQuery(
      dataPattern('open', String(feature.opener.number)),
      guarded(authority, feature.opener, async (ctx) => {
        await ctx.answerCallbackQuery();
        await open(ctx);
      }),
    );
  }
  const { messages: take } = handlers;
  if (take) composer.use(feature.written ? writtenBy(authority, feature.written, take) : take);
  return composer;
};

/** What is typed behind the bot's name goes to who takes it, and no further: there is no chat that anything else could be about. */
const inlineOf = (takers: readonly NonNullable<Handlers['inline']>[]): Middleware<Ctx> => {
  return async (ctx, next) => {
    if (!ctx.inlineQuery) return next();
    for (const take of takers) await take(ctx);
  };
};

/** All that is done with an update once it is known who may speak to the bot at all, and what is done before that. */
export const dispatch = (
  features: readonly Feature[],
  deps: FeatureDeps,
): {
  readonly beforeGuard: readonly Middleware<Ctx>[];
  readonly inline: Middleware<Ctx>;
  readonly behindGuard: readonly Middleware<Ctx>[];
} => {
  const built = features.map((feature): Built => ({ feature, handlers: feature.build(deps) }));
  const all = (part: 'beforeGuard' | 'dialogue' | 'menu'): Middleware<Ctx>[] =>
    built.flatMap(({ handlers }) => handlers[part] ?? []);
  return {
    beforeGuard: all('beforeGuard'),
    inline: inlineOf(built.flatMap(({ handlers }) => handlers.inline ?? [])),
    behindGuard: [...all('dialogue'), ...all('menu'), ...built.map((one) => handlersOf(one, deps.authority))],
  };
};
