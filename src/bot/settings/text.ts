import { FormattedString } from '@grammyjs/parse-mode';
import { CHAT_SETTINGS, type ChatSettingKey, isChatSettingKey } from '../../domain/settings/chat.ts';
import type { Setting } from '../../domain/settings/form.ts';
import type { ChatSetting } from '../../settings/chat-settings.ts';
import { LOOK_ONLY, type Topic } from '../feature.ts';
import { table } from '../../lib/table.ts';
import { lines, shorten } from '../ui/text.ts';

/** How a setting is spoken of. */
interface Words {
  readonly name: string;
  /** What it is about, under its name. */
  readonly about: string;
  /** Of values that do not speak for themselves. */
  readonly values: Readonly<Record<string, string>>;
}

const HOURS = Array.from({ length: 47 }, (_, index) => index + 1);

/** All of them, in the order in which they are shown. */
export const WORDS = {
  default_category: {
    name: 'Category',
    about: 'The category that new models get.',
    values: { auto: 'by the model’s task' },
  },
  default_quantize: {
    name: 'Quantization',
    about:
      'Which quantization is taken where none is named. Where a repository has none of that kind, it is as usual, and the card says so.',
    values: {
      auto: 'what a loader needs',
      q4: '4-bit GGUF',
      fp16: '16 bits',
      no: 'full precision',
      all: 'every file',
    },
  },
  default_host: {
    name: 'Machine',
    about: 'Which machine new models come onto where none is named. /hosts shows them all.',
    values: { here: 'the one that I run on' },
  },
  start: {
    name: 'Start',
    about: 'When models start that are added without now or later.',
    values: { schedule: 'at once, or when a schedule opens', now: 'at once', wait: 'when somebody says so' },
  },
  check_frequency: {
    name: 'Newer revisions',
    about: 'How often newer revisions of the models here are looked for, unless a model says something else.',
    values: { daily: 'every day', weekly: 'every week', monthly: 'every month', off: 'when somebody asks' },
  },
  always_update: {
    name: 'Updates',
    about: 'What becomes of a newer revision: it is told, with a button that takes it, or downloaded without asking.',
    values: { off: 'told first', on: 'downloaded by themselves' },
  },
  always_link: {
    name: 'Other programs',
    about:
      'Whether models are shown to other programs of this machine as soon as they are here. /link shows one by hand.',
    values: { off: 'when somebody asks', on: 'as soon as it is here' },
  },
  check_after_download: {
    name: 'Check',
    about: 'Whether models are checked as soon as they are here: are they whole, do they fit. /check does it by hand.',
    values: { off: 'when somebody asks', on: 'as soon as it is here' },
  },
  check_context: {
    name: 'Text length in checks',
    about:
      'A check says how much memory a model takes. That grows with the text that it reads: it is counted for one of this length, in tokens. If other chats have the model too, the longest counts. For one model: /check #12 context=8192',
    values: Object.fromEntries(
      CHAT_SETTINGS.check_context.choices.map((tokens) => [
        tokens,
        `${tokens.replace(/\B(?=(\d{3})+$)/g, ',')} tokens`,
      ]),
    ),
  },
  notifications: {
    name: 'Sound',
    about:
      'Whether what I tell without being asked makes a sound, such as the end of a download. It is told all the same.',
    values: { on: 'on', off: 'off' },
  },
  digest: {
    name: 'Once a day',
    about:
      'At this time the ends of downloads are told together, by the clock of this chat. Cards show each at once. Another time is written: /settings digest=19:30',
    values: { off: 'off, each end is told when it comes' },
  },
  quiet_hours: {
    name: 'Quiet hours',
    about:
      'Between these times nothing that I tell without being asked makes a sound, by the clock of this chat. Other times are written: /settings quiet_hours=21:30-06:15',
    values: { off: 'none' },
  },
  compact_cards: {
    name: 'Cards',
    about:
      'Whether cards show all, or two lines with a button for the rest. Those that stand still change when they are shown next.',
    values: { off: 'all of it', on: 'two lines' },
  },
  auto_clear: {
    name: 'Old messages',
    about:
      'Whether I delete my own old messages, and the commands that I was given as far as Telegram lets me. Cards of models, the newest notice about each, questions without an answer, files and what is pinned stay. After how long, “Deleted after” says, beside it.',
    values: { on: 'deleted after a while', off: 'they stay' },
  },
  auto_clear_hours: {
    name: 'Deleted after',
    about:
      'When nobody has written or tapped here for so long, my old messages go. From 1 to 47 hours, since Telegram lets me delete nothing older. Another number is written: /settings auto_clear_hours=36',
    values: Object.fromEntries(HOURS.map((hours) => [String(hours), hours === 1 ? '1 hour' : `${hours} hours`])),
  },
} as const satisfies Readonly<Record<ChatSettingKey, Words>>;

/** What the menu calls a setting, as people write it in a line: `sound`, `quiet_hours`, `once_a_day`. */
const lineNameOf = (key: ChatSettingKey): string => WORDS[key].name.toLowerCase().replaceAll(' ', '_');

/** The key of a setting by what the menu calls it. */
export const KEYS_BY_NAME = table<string>(
  Object.fromEntries(
    Object.keys(WORDS)
      .filter(isChatSettingKey)
      .map((key) => [lineNameOf(key), key]),
  ),
);

/** A value in words. */
export const valueText = (key: ChatSettingKey, value: string): string => {
  const { values }: Words = WORDS[key];
  return values[value] ?? shorten(value, 40);
};

/** Where the settings are, and whose clock counts there. */
interface ChatKind {
  readonly isPrivate: boolean;
  /** Whoever reads them may change nothing. */
  readonly looksOnly: boolean;
  /** IANA. */
  readonly timezone: string;
}

/** What the settings feature says. */
export const text = {
  notAllowed: 'Only an admin of this group or the bot’s owner may change its settings.',
  usage: (word: string): string =>
    `I do not understand “${shorten(word, 40)}”. /settings alone shows what there is; /settings start=now changes one, and start=usual takes that back.`,
  gone: 'There is no such choice any more. This is how it stands now.',
  saved: 'Saved.',
  usual: 'As usual',
  adminsOnly: 'Admins of this group may change them.',
  personsOwn: 'Where the group says nothing, what each person has chosen in their own chat holds.',
  bringersOwn:
    'Where the group says nothing, what holds is what the person who brought me here has chosen in their own chat.',
} as const;

/** All settings of a chat. */
export const settingsText = (
  settings: readonly ChatSetting[],
  { isPrivate, looksOnly, timezone }: ChatKind,
): FormattedString => {
  const clears = settings.some(({ key, text: value }) => key === 'auto_clear' && CHAT_SETTINGS.auto_clear.read(value));
  const after = settings.find(({ key }) => key === 'auto_clear_hours');
  return lines(
    FormattedString.b(isPrivate ? 'Settings of this chat' : 'Settings of this group'),
    ...settings.flatMap(({ key, text: value }) => {
      // Both are one thing to whoever reads them.
      if (key === 'auto_clear_hours') return [];
      const isCleared = key === 'auto_clear' && clears && after !== undefined;
      return [
        `${WORDS[key].name} · ${isCleared ? `deleted after ${valueText(after.key, after.text)}` : valueText(key, value)}`,
      ];
    }),
    `Time zone · ${timezone.replaceAll('_', ' ')}`,
    looksOnly ? LOOK_ONLY : isPrivate ? undefined : text.adminsOnly,
  );
};

/** What one line has changed, above all that holds. */
export const changedText = (settings: readonly ChatSetting[], keys: readonly string[]): string => {
  const changed = settings.flatMap(({ key, text: value }) =>
    keys.includes(key) ? [`${WORDS[key].name} · ${valueText(key, value)}`] : [],
  );
  return `Changed: ${changed.join(', ')}`;
};

/** The line that does what a button does, with another value than the one that holds; some say so in their own words. */
const lineOf = (key: ChatSettingKey, now: string): string | undefined => {
  if (WORDS[key].about.includes('/settings ')) return undefined;
  const { fallback, choices = [fallback] }: Setting = CHAT_SETTINGS[key];
  const value = choices.find((one) => one !== now) ?? fallback;
  return `By a line: /settings ${key}=${value}`;
};

const CLEARING: readonly ChatSettingKey[] = ['auto_clear', 'auto_clear_hours'];

/** One of them. */
export const settingText = (
  key: ChatSettingKey,
  { text: value }: ChatSetting,
  { isPrivate, looksOnly }: Pick<ChatKind, 'isPrivate' | 'looksOnly'>,
): FormattedString =>
  lines(
    FormattedString.b(WORDS[key].name),
    `Now: ${valueText(key, value)}`,
    WORDS[key].about,
    looksOnly ? LOOK_ONLY : lineOf(key, value),
    key === 'default_category' && !isPrivate ? text.personsOwn : undefined,
    CLEARING.includes(key) && !isPrivate ? text.bringersOwn : undefined,
  );

export const help: Topic = {
  name: 'settings',
  lines: [
    'Settings',
    '/settings shows what holds in this chat, with buttons to change it. In a group its admins and the bot’s owner may.',
    'Category: what new models get. In your own chat it is yours, and holds for what you add in groups that say nothing.',
    'Quantization: what is taken where none is named.',
    'Machine: where new models come onto, if there are several.',
    'Start: at once, or when a schedule opens where one is on; at once in any case; or when somebody says so.',
    'Newer revisions and updates: how often they are looked for, and whether they come without asking.',
    'Once a day: the ends of downloads are told together, at a time.',
    'Sound and quiet hours: whether the end of a download is heard, and when not. With the sound off in your own chat, groups do not mention you either.',
    'Cards: all of it, or two lines with a button for the rest.',
    'Old messages: after a day without a word of anybody I delete my own. Other hours, or none of that, is a tap away. In your own chat it is yours, and holds for groups that you brought me into and that say nothing.',
    '',
    'By one line: /settings start=now default_quantize=Q4_K_M default_category=image quiet_hours=22:00-07:00; start=usual takes it back. The words of the menu count too: sound=off.',
  ],
  words: ['preferences', 'defaults', 'clear', 'old messages'],
};
