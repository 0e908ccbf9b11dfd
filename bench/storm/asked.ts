/** Whether what people asked for came to what they asked for, once the weather is clear. */
import type { World } from '../../tests/helpers/world.ts';
import { isHopeless } from './models.ts';
import { type Deed, type People } from './people.ts';
import type { ModelRow, Rows } from './rows.ts';

/** The last thing that was done to a model, of these. */
const lastOf = (
  { deeds }: People,
  { chatId, name, isCancelled }: ModelRow,
  verbs: readonly Deed['verb'][],
): string | undefined =>
  deeds.findLast((deed) => {
    // What was cancelled is not meant when all are to go on.
    const isMeant = deed.name === name || (deed.name === '*' && (!isCancelled || deed.verb === 'yes'));
    return deed.chatId === chatId && isMeant && verbs.includes(deed.verb);
  })?.verb;

/** Whoever has not come to an end was stopped by a person, and nobody has said otherwise since. */
const stands = (people: People, model: ModelRow): string | undefined => {
  if (model.status === 'failed' || (model.status === 'completed' && !isHopeless(model.name))) return undefined;
  const verbs = model.isCancelled
    ? (['yes', 'resume', 'download'] as const)
    : (['pause', 'resume', 'download'] as const);
  const last = lastOf(people, model, verbs);
  return model.status === 'paused' && last === verbs[0]
    ? undefined
    : `${model.name} of chat ${model.chatId} is ${model.status}; last it was told: ${last ?? 'nothing'}`;
};

/** Each /add is a model by now, or its chat has been told why not. */
const answersToAdds = (world: World, { added }: People, rows: Rows): string[] => {
  const query = `SELECT state || ' ' || coalesce(error_message, '') FROM add_requests WHERE chat_id = ? AND message_id = ?`;
  const isGivenUp = (chatId: number, ref: string): boolean =>
    world.shown(chatId).some(({ text = '' }) => text.startsWith('“/add') && text.includes(`${ref}” was given up`));
  return added.flatMap(({ chatId, messageId, ref }) => {
    const state = rows.value(query, chatId, messageId);
    if (typeof state === 'string' ? /^(added|cancelled|failed \S)/.test(state) : isGivenUp(chatId, ref)) return [];
    return [`/add ${ref} of chat ${chatId}: ${typeof state === 'string' ? state : 'no request'}`];
  });
};

/** Without the taps that Telegram forgot before the bot, killed again and again, could fetch them: it has answered none of those. */
const heard = ({ telegram }: World, people: People): People => {
  const answered = new Set(telegram.calls.map(({ payload }) => payload['callback_query_id']));
  return { ...people, deeds: people.deeds.filter(({ tapId }) => tapId === undefined || answered.has(tapId)) };
};

/** Before anybody has mended the Hub, or asked for what had failed or was stopped once more. */
export const checkAsked = (world: World, people: People, rows: Rows): string[] => {
  const told = heard(world, people);
  return [...rows.models().flatMap((model) => stands(told, model) ?? []), ...answersToAdds(world, people, rows)];
};

/** Those that failed and that nobody has tried again since; each chat was told. */
export const checkFailures = (rows: Rows): { readonly failed: number; readonly breaches: string[] } => {
  const failed = rows.models().filter(({ status }) => status === 'failed');
  const breaches = failed.flatMap(({ chatId, name, status }) => {
    const ends = rows.ends().filter((end) => end.chatId === chatId && end.name === name && end.status === status);
    return ends.some(({ messageId }) => messageId !== null)
      ? []
      : [`${name}: chat ${chatId} was not told of its failure`];
  });
  if (!failed.some(({ name }) => isHopeless(name)))
    breaches.push('nothing failed: the storm shows nothing of failures');
  return { failed: failed.length, breaches };
};
