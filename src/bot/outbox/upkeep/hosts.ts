import { FormattedString } from '@grammyjs/parse-mode';
import { formatLocal } from '../../../domain/schedule/timezone.ts';
import type { Host } from '../../../domain/hosts/host.ts';
import { isOwner } from '../../../people/may.ts';
import type { Notice } from '../../../store/messages/outbox.ts';
import type { Store } from '../../../store/store.ts';
import { actionButton } from '../../ui/buttons.ts';
import { titleLine } from '../../ui/label.ts';
import { count, lines, type Rendering } from '../../ui/text.ts';

type Of<Kind extends Notice['kind']> = Extract<Notice, { readonly kind: Kind }>;

/** Undefined: they are no owner any more, or have let it go meanwhile. */
const hostFor = (store: Store, chatId: number, hostId: number): Host | undefined => {
  const host = store.hosts.getHost(hostId);
  return host?.state === 'joined' && isOwner(store, chatId) ? host : undefined;
};

const toHost = ({ id }: Host) => ({ keyboard: { inline_keyboard: [[actionButton('Look at it', 'host', id)]] } });

/** That a machine has come in by a code. */
export const renderHostJoined = (
  store: Store,
  { chatId, payload: { hostId } }: Of<'host_joined'>,
): Rendering | undefined => {
  const host = hostFor(store, chatId, hostId);
  return (
    host && {
      text: lines(
        titleLine(host.name, 'has joined'),
        FormattedString.join([FormattedString.code(`/add gpt2 on=${host.name}`), ' puts a model there.']),
      ),
      ...toHost(host),
    }
  );
};

/** That a machine does not answer for some time. */
export const renderHostAway = (
  store: Store,
  { chatId, payload: { hostId } }: Of<'host_away'>,
): Rendering | undefined => {
  const host = hostFor(store, chatId, hostId);
  if (!host || store.watching.getTrouble(`host-${hostId}`)?.isTold !== true) return undefined;
  const timezone = store.schedules.timezoneOf(chatId) ?? 'UTC';
  const since =
    host.seenAt === null ? '' : ` since ${formatLocal(Date.parse(host.seenAt), timezone, Date.parse(host.seenAt) + 1)}`;
  const counted = store.hosts.countByHost().find((one) => one.hostId === hostId);
  const waits = (counted?.waiting ?? 0) + (counted?.running ?? 0);
  return {
    text: lines(
      titleLine(host.name, `away${since.replace('today ', '')}`),
      'It does not answer: it is switched off, or has no way to Redis.',
      waits > 0 && `${count(waits, 'download')} for it ${waits === 1 ? 'waits' : 'wait'}.`,
      'What it is to do goes on by itself when it is back; nothing is moved elsewhere.',
    ),
    ...toHost(host),
  };
};

/** That it does again. */
export const renderHostBack = (
  store: Store,
  { chatId, payload: { hostId } }: Of<'host_back'>,
): Rendering | undefined => {
  const host = hostFor(store, chatId, hostId);
  return host && { text: lines(titleLine(host.name, 'back'), 'What it had to do goes on.') };
};

/** That no other machine is heard of, since Redis is lost. Undefined: it is not any more, or they are no owner. */
export const renderRedisLost = (store: Store, { chatId, payload: { by } }: Of<'redis_lost'>): Rendering | undefined => {
  if (!isOwner(store, chatId) || store.watching.getTrouble('redis')?.isTold !== true) return undefined;
  const what =
    by === 'no_redis'
      ? 'It does not answer: look whether it runs, and at the network. “npm run doctor” says more.'
      : 'It is full and takes nothing new: give it more memory (maxmemory), or look what fills it.';
  return {
    text: lines(
      titleLine('Redis', by === 'no_redis' ? 'lost' : 'full'),
      what,
      'Other machines are reached by it alone, and nobody knows how they are. What runs there goes on; what is new waits.',
    ),
  };
};

/** That they are again. */
export const renderRedisBack = (store: Store, { chatId }: Of<'redis_back'>): Rendering | undefined =>
  isOwner(store, chatId)
    ? {
        text: lines(titleLine('Redis', 'back'), 'Other machines are heard of again.'),
      }
    : undefined;
