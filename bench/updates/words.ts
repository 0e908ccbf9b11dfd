/** What people type, and what nobody would. */
import { FEATURES } from '../../src/bot/features.ts';
import type { Dice } from '../../tests/helpers/dice.ts';
import { often, pick } from './bend.ts';

const COMMANDS = [
  'unknown',
  ...FEATURES.flatMap(({ commands }) =>
    Object.entries(commands).flatMap(([name, { aliases = [] }]) => [name, ...aliases]),
  ),
];

/** What stands behind a command where it does more. */
const PARTS = FEATURES.flatMap(({ commands }) =>
  Object.values(commands).flatMap(({ parts = {} }) => Object.values(parts).map(({ example }) => example)),
);

const REPOSITORIES = [
  'gpt2',
  'openai-community/gpt2',
  'sample/tiny-llama',
  'sample/Tiny-Llama-GGUF',
  'sample/hostile',
  'sample/many-files',
  'sample/gated-llama',
  'sample/tiny-dataset',
  'datasets/sample/tiny-dataset',
  'no/such-model',
  'tinny-lama',
  '../../etc/passwd',
  'a/b/c/d',
  'https://huggingface.co/gpt2/resolve/main/x',
  'https://huggingface.co/papers/2401.00001',
  'hf.co/sample/tiny-llama:Q4_K_M@main',
  'sample/Tiny-Llama-GGUF:Q9_9',
];

const HARD = [
  '\u{D800}',
  '\u{DC00}abc',
  'x\u{D83D}',
  '\u{202E}evil\u{202C}',
  '\u{200B}\u{200B}\u{200B}',
  '\u{FEFF}',
  '\0',
  '\n\n\n',
  '\r\n',
  '👨\u{200D}👩\u{200D}👧\u{200D}👦',
  '🏳\u{FE0F}\u{200D}🌈'.repeat(60),
  'é\u{301}\u{301}\u{301}'.repeat(100),
  'שלום עולם',
  'مرحبا',
  "'; DROP TABLE models; --",
  '<b>x</b>',
  '*_[](',
  '"open',
  '“open',
  '${x}',
  '__proto__',
  'constructor',
  'toString',
  '%',
  '_',
  '%00',
  '\\',
  '/',
  '//',
  '@',
  '@hubgram_bot',
  ':',
  '=',
  'a=b',
  '—x',
  '--include',
  '..',
  'NaN',
  'null',
  '1e999',
  '0x10',
  '-0',
];

const numbers = (dice: Dice): string =>
  pick(dice, [
    '0',
    '-1',
    '1',
    '2',
    '#3',
    '#99999',
    '99999999999999999999',
    '9007199254740993',
    '1.5',
    `#${dice(80)}`,
    `${dice(80)}`,
  ]);

const scheduling = (dice: Dice): string => {
  const times = ['22:00', '25:00', '7pm', '00:00', '', 'noon', '23:59'];
  const words = ['add', 'edit', 'remove', 'enable', 'disable', 'on', 'off', 'list', 'update', 'nonsense'];
  const days = ['daily', 'weekdays', 'mon,tue', 'weekly', 'sunday', 'everyday'];
  const options = [
    'until=06:00',
    'limit=5MB',
    'max=3',
    'max=99',
    'cron="0 0 29 2 *"',
    'cron="* * * * * *"',
    'cron="61 * * * *"',
    'name=night',
    'limit=-1',
    'until=x',
    'day=mon',
  ];
  return [
    pick(dice, words),
    often(dice, 2) ? numbers(dice) : '',
    pick(dice, days),
    pick(dice, times),
    pick(dice, options),
  ].join(' ');
};

const option = (dice: Dice): string =>
  pick(dice, [
    'later',
    'now',
    'quantize=Q4_K_M',
    'quantize=all',
    'include=*.json',
    `include="${'?*a'.repeat(dice(600))}"`,
    `exclude=${'*'.repeat(dice(900))}`,
    'revision=main',
    'revision=refs/pr/1',
    'revision=..',
    'priority=high',
    'priority=x',
    `description="${'d'.repeat(dice(1500))}"`,
    'quantize=',
  ]);

const zones = [
  'Berlin',
  'berlin',
  'Europe/Berlin',
  'UTC',
  '12:00',
  'x',
  'America/Argentina/ComodRivadavia',
  'New',
  'Xyz/../..',
];

/** What stands behind a command. */
const argument = (dice: Dice): string => {
  const kind = dice(12);
  if (kind < 3) return numbers(dice);
  if (kind < 6) return `${pick(dice, REPOSITORIES)} ${often(dice, 2) ? option(dice) : 'later'}`;
  if (kind === 6) return often(dice, 2) ? scheduling(dice) : pick(dice, PARTS);
  if (kind === 7) return pick(dice, HARD);
  if (kind === 8)
    return pick(dice, HARD)
      .repeat(1 + dice(400))
      .slice(0, 4000);
  if (kind === 9) return pick(dice, zones);
  if (kind === 10)
    return pick(dice, [
      'all',
      'failed',
      'high',
      '#1 high',
      '2 low',
      'x medium',
      'completed',
      'paused',
      'claim_abc',
      'join_AAAAAAAAAAAAAAAAAAAAAA',
      `add_${Buffer.from(pick(dice, [...REPOSITORIES, ...HARD])).toString('base64url')}`,
    ]);
  return '';
};

const links = (dice: Dice): string =>
  Array.from(
    { length: often(dice, 20) ? 1 + dice(30) : 1 + dice(2) },
    () =>
      `https://huggingface.co/${pick(dice, REPOSITORIES)}${pick(dice, ['', '/tree/main', '?x=y', '#a', '/blob/main/a b'])}`,
  ).join(pick(dice, [' ', '\n', ',']));

/** A text as it might arrive, at most as long as Telegram lets it be. */
export const typed = (dice: Dice): string => {
  const kind = dice(21);
  const name = pick(dice, COMMANDS);
  const word = kind === 1 ? name.toUpperCase() : name;
  const at = kind === 2 ? '@hubgram_bot' : kind === 3 ? '@other_bot' : '';
  if (kind < 13) return `/${word}${at} ${argument(dice)}`.slice(0, 4096);
  if (kind === 13) return links(dice).slice(0, 4096);
  if (kind === 14) return pick(dice, HARD).repeat(4096).slice(0, 4096);
  if (kind === 15)
    return `/add ${pick(dice, REPOSITORIES)} ${'y'.repeat(dice(4000))}${pick(dice, HARD)}`.slice(0, 4096);
  if (kind === 16) return pick(dice, ['', ' ', '/', '//', '/ add', '/@hubgram_bot', '/add@hubgram_bot', '/\u{D800}']);
  if (kind === 17) return scheduling(dice);
  // What is sent is found by what few words are.
  if (kind === 18) return `/file #${dice(120)} ${pick(dice, ['model', 'model.safetensors', 'x'])}`;
  return argument(dice);
};
