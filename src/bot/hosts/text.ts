import { FormattedString } from '@grammyjs/parse-mode';
import type { Host } from '../../domain/hosts/host.ts';
import type { Model } from '../../domain/model.ts';
import { formatBytes } from '../../lib/text/bytes.ts';
import type { HostsScope, HostView } from '../../library/hosts/hosts-view.ts';
import type { Times } from '../../library/model-view.ts';
import type { Topic } from '../feature.ts';
import { hostDiskLines } from '../ui/hosts/disk-lines.ts';
import { awayWords, cutOffText, sinceText } from '../ui/hosts/words.ts';
import { modelLabel, titleLine } from '../ui/label.ts';
import { count, lines, plain, shorten } from '../ui/text.ts';

/** Of what a host says of itself. */
const VERSION_LIMIT = 40;
/** Where there are more machines than these, each gets a line. */
const BARS_MOST = 6;
/** So many are listed: more than a message has room for nobody has. */
export const LISTED_MOST = 30;

/** What the hosts feature says. */
export const text = {
  gone: 'Which machine was that? It is none of mine any more.',
  unknown: (word: string): string => `No machine of mine is called “${shorten(word, 40)}”. /hosts lists them.`,
  notYours: 'That belongs to another chat, or is gone.',
  notAllowed: 'Only the person who asked for that model, an admin of this group or the bot’s owner may move it.',
  empty: 'There is nothing in this library that could be moved.',
  noOther: 'There is no other machine yet that models could move to. /hosts says how one comes in.',
  nowhereElse: (model: Model): string =>
    model.sourceUrl === null
      ? `${modelLabel(model)}: where to? There is no other machine that it could lie on. /hosts says more.`
      : `${modelLabel(model)}: where to? It is from a web address, and such files lie on the machine that I run on.`,
  where: (model: Model, isCut: boolean): string => {
    const where = model.hostName ? '' : ' lies on the machine that I run on';
    const rest = isCut ? ' More machines can be named: /move, the name of the model, the name of the machine.' : '';
    return `${modelLabel(model)}${where}. Where else shall it lie? What moves stays where it is until it is whole there.${rest}`;
  },
  ownersOnly: 'Only the owner of this bot adds machines and lets them go.',
  onlyAlone: 'Machines are added in our own chat, where only you read the code. Write /hosts add nas to me there.',
  whichName: 'What shall it be called? Write a short name behind the command, for example “/hosts add nas”.',
  changed: 'That has changed meanwhile. This is how it is now.',
  notThis: 'That is the machine that I run on. It stays.',
  askRemove: ({ name, state }: Host, models: number): string => {
    if (state === 'invited') return `Take back the code for ${name}?`;
    const many =
      models === 0
        ? 'No model lies there.'
        : `The ${count(models, 'model')} there ${models === 1 ? 'leaves' : 'leave'} the libraries of all chats; if ${name} joins again, /adopt takes ${models === 1 ? 'it' : 'them'} over there, and for an hour /undo brings ${models === 1 ? 'it' : 'them'} back.`;
    return `Let ${name} go? ${many} The files on its disk stay where they are; what it is fetching ends.`;
  },
  removed: ({ name }: Host, models: number): string =>
    `${name} is none of my machines any more.${models > 0 ? ` ${count(models, 'model')} left with it; its files are on its disk still.` : ''}`,
  nothingNew: 'Looked again: nothing new.',
} as const;

export const help: Topic = {
  name: 'hosts',
  lines: [
    'Hosts',
    '/hosts lists the machines that models lie on: their disks, what downloads there, and since when one is away. /hosts and a name shows one of them.',
    'A finished model has a button that brings it onto another machine too, from where it came. /move and a name moves it: it stays where it is until it is whole there.',
    '/library on nas lists what lies there, or is to; so does the filter of the list.',
    'Behind /add, /import and /edit, on=nas says where a model goes. /settings default_host=nas says so for a chat, wherever nothing is said.',
    '/verify, /check, /storage nas and /adopt look at the machine that a model lies on. /link, /try, /keep and files from web addresses are for the machine that I run on.',
    'A machine that is away is waited for. What it is to do goes on by itself when it is back, and nothing is moved to another one unasked.',
    'The owner brings a machine in, in our own chat: /hosts add nas makes a code that counts once, with the line to run there. /hosts remove nas lets it go.',
  ],
  words: ['machines', 'machine', 'nas', 'servers'],
};

const standingWords = ({ standing, host, by }: HostView, times: Times): string => {
  if (by !== undefined)
    return `not heard of${host.seenAt === null ? '' : ` since ${sinceText(Date.parse(host.seenAt), times)}`}`;
  if (standing === 'own') return 'I run here';
  if (standing === 'invited') return 'has not come yet';
  return standing === 'there' ? 'there' : awayWords(host.seenAt, times);
};

/** What lies there, and what happens there. */
const workWords = ({ models: { complete, running, waiting, resting } }: HostView): string =>
  [
    complete > 0 && count(complete, 'model'),
    running > 0 && `${running} downloading`,
    waiting > 0 && `${waiting} ${waiting === 1 ? 'waits' : 'wait'}`,
    resting > 0 && `${resting} paused or failed`,
  ]
    .filter((part) => typeof part === 'string')
    .join(' · ');

const workLine = (view: HostView, scope: HostsScope): string => {
  const words = workWords(view);
  return words === '' || scope === 'all' ? words : `Of this chat: ${words}`;
};

const goesOn = ({ standing, by }: HostView): string | false =>
  standing === 'away' && by === undefined && 'What it is to do goes on by itself when it is back.';

/** That it is there, and can fetch nothing. */
const hubLine = ({ hubSilentSince: since, hubAsked }: HostView, times: Times): FormattedString | false => {
  if (since === undefined) return false;
  const silent = `The Hub does not answer it since ${sinceText(since, times)}`;
  if (hubAsked === undefined) return plain(`${silent}: look at its network.`);
  // As code: Telegram would make a link of it.
  const asked = FormattedString.code(shorten(hubAsked, 80));
  return FormattedString.join([`${silent}. It asks `, asked, ': look at its network, and at HF_ENDPOINT there.']);
};

/** Of all machines at once: they are reached by it alone. */
const cutOff = (views: readonly HostView[]): string | undefined => {
  const by = views.find((view) => view.by !== undefined)?.by;
  return (
    by && `${cutOffText(by)}, and other machines are reached by it alone. What runs there goes on; what is new waits.`
  );
};

const block = (view: HostView, scope: HostsScope, times: Times): FormattedString =>
  lines(
    titleLine(view.host.name, standingWords(view, times)),
    ...(view.disk ? hostDiskLines(view.disk, view.standing === 'away') : []),
    workLine(view, scope),
    hubLine(view, times),
    goesOn(view),
  );

const line = (view: HostView, times: Times): FormattedString => {
  const { disk } = view;
  const free = disk ? `${formatBytes(disk.freeBytes)} free of ${formatBytes(disk.totalBytes)}` : '';
  const parts = [standingWords(view, times), free, workWords(view)].filter((part) => part !== '');
  return titleLine(view.host.name, parts.join(' · '));
};

const title = (views: readonly HostView[]): string => {
  const away = views.filter(({ standing }) => standing === 'away').length;
  const word = views.some(({ by }) => by !== undefined) ? 'not heard of' : 'away';
  return `${count(views.length, 'machine')}${away > 0 ? `, ${away} ${word}` : ''}`;
};

/** How a model comes onto a machine. */
const onExample = (name: string): FormattedString =>
  FormattedString.join([FormattedString.code(`/add gpt2 on=${name}`), ` puts a model onto ${name}.`]);

/** What there is to know where there is one machine, or how to use several. */
const hint = (views: readonly HostView[], scope: HostsScope): FormattedString | string => {
  const other = views.find(({ standing }) => standing === 'there' || standing === 'away')?.host.name;
  if (other !== undefined) return onExample(other);
  if (views.length > 1) return '';
  return scope === 'all'
    ? FormattedString.join([
        'Models can lie on several machines, and all of them are looked after from here: ',
        FormattedString.code('/hosts add nas'),
        ' brings one in. docs/hosts.md says what it takes.',
      ])
    : 'All models lie on it.';
};

/** All machines. */
export const hostsText = (views: readonly HostView[], scope: HostsScope, times: Times): FormattedString => {
  const shown = views.slice(0, LISTED_MOST);
  const isLong = shown.length > BARS_MOST;
  const each = shown.map((view) => (isLong ? line(view, times) : block(view, scope, times)));
  const more = views.length - shown.length;
  const rest = lines(more > 0 && `And ${more} more.`, hint(views, scope));
  return FormattedString.join(
    [
      lines(titleLine('Hosts', title(views)), cutOff(views)),
      ...(isLong ? [lines(...each)] : each),
      ...(rest.text === '' ? [] : [rest]),
    ],
    '\n\n',
  );
};

/** One machine; what it is made of, owners see. */
export const hostText = (view: HostView, scope: HostsScope, times: Times): FormattedString => {
  const { host, standing } = view;
  const { version, joinedAt } = host;
  const seen = standing === 'there' && host.seenAt !== null && `seen ${sinceText(Date.parse(host.seenAt), times)}`;
  const about = [
    version !== null && `hubgram ${shorten(version, VERSION_LIMIT)}`,
    joinedAt !== null && `joined ${sinceText(Date.parse(joinedAt), times)}`,
    seen,
  ].filter((part) => typeof part === 'string');
  return lines(block(view, scope, times), cutOff([view]), scope === 'all' && about.join(' · '));
};
