import { shorten } from '../../lib/shorten.ts';

interface Command {
  readonly command: string;
  readonly description: string;
  /** Set where it has its place in one kind of chat only. */
  readonly only?: 'private' | 'group';
}

/** The commands there are, in the order of the menu. */
export const COMMANDS: readonly Command[] = [
  { command: 'add', description: 'Download a model: /add gpt2' },
  { command: 'queue', description: 'What downloads and what waits' },
  { command: 'library', description: 'The models of this chat' },
  { command: 'model', description: 'Show one model’s card' },
  { command: 'pause', description: 'Pause a download, or all' },
  { command: 'resume', description: 'Go on with a paused download, or all' },
  { command: 'download', description: 'Start what waits, now' },
  { command: 'first', description: 'Put a waiting model first' },
  { command: 'up', description: 'Move a waiting model up' },
  { command: 'down', description: 'Move a waiting model down' },
  { command: 'priority', description: 'Set a priority: /priority #12 high' },
  { command: 'retry', description: 'Try a failed download again' },
  { command: 'schedule', description: 'Let downloads wait for a time: the night' },
  { command: 'schedules', description: 'The schedules and their next runs' },
  { command: 'timezone', description: 'Whose clock counts: /timezone Berlin' },
  { command: 'cancel', description: 'Cancel a download, or leave a dialogue' },
  { command: 'remove', description: 'Remove a model from the library' },
  { command: 'help', description: 'How it works' },
];

/** Further commands that only owners have. */
export const OWNER_COMMANDS: readonly Command[] = [
  { command: 'hold', description: 'Hold every download of every chat' },
  { command: 'unhold', description: 'Let the downloads go on' },
];

/** Help by topic; the first line is its name. */
export const TOPICS = {
  add: [
    'Adding models',
    '/add gpt2',
    '/add Qwen/Qwen3-1.7B-GGUF:Q8_0 · one quantization',
    '/add org/name@branch · a branch, tag or commit',
    '/add datasets/org/name · a dataset',
    'A link from huggingface.co works too, with /add or by itself.',
    '',
    'Behind the name:',
    'now · start at once; later · wait for /download',
    'quantize=auto, q4, fp16, no, all or a label such as Q4_K_M',
    'include=*.json and exclude=*.bin · only these files, or all but these',
    'priority=high, medium or low; description="for the demo"',
    '',
    'Without options you get what a loader needs: safetensors, configuration and tokenizer, not every format that lies in the repository.',
  ],
  queue: [
    'Controlling downloads',
    '/queue shows what runs and what waits, with buttons to pause all and to change the order.',
    '/pause, /resume, /retry and /download take a name, a number such as #12, or “all”. They work as a reply to a card too.',
    '/cancel asks, then drops what had arrived. /pause keeps it.',
    '/first, /up and /down move a model in the line; “/priority #12 high” (medium, low) counts before the place.',
    'When many run at once, one message shows them all. In a group, “Tell me too” under a card mentions you at the end.',
    'The owner can hold everything with /hold and let it go on with /unhold.',
  ],
  schedule: [
    'Schedules',
    'While a chat has a schedule that is on, what is added waits for it. “Start now” under a card and /download do not wait.',
    '/schedule opens a menu: no typing needed.',
    '/schedule add daily 23:00 until 07:00 limit=5MB max=2 name=nightly',
    '/schedule add weekly fri 14:00 until 18:00',
    '/schedule add weekend 10:00 · also sat,sun or mon-fri',
    '/schedule add custom 30 2 * * 1-5 · minute, hour, day, month, day of the week',
    '/schedule edit nightly until=06:00 · “none” takes until= or limit= away',
    '/schedule enable, disable or remove, with a name or number. One is on at a time.',
    '/schedules lists them with their next runs. /timezone Berlin sets whose clock counts.',
    'What is unfinished when a schedule ends goes on next time, from where it was.',
  ],
  library: [
    'The library',
    'Each chat has its own library; all share one store on the disk.',
    '/library lists it; /library completed shows one status.',
    '/model #12 brings a model’s card to the bottom of the chat.',
    '/remove asks whether the files go too. Files that another chat uses always stay.',
  ],
} as const;

export type Topic = keyof typeof TOPICS;

/** Words, most of them commands, that a topic tells of. */
const WORDS: Readonly<Record<Topic, readonly string[]>> = {
  add: ['adding', 'models', 'link', 'links', 'quantize', 'options'],
  queue: 'pause resume retry download cancel first up down priority hold unhold follow'.split(' '),
  schedule: ['schedules', 'timezone', 'window', 'night'],
  library: ['list', 'model', 'info', 'remove', 'files'],
};

/** The topic that a word means: its own name, or a command that it tells of. */
export const topicOf = (word: string): Topic | undefined =>
  (Object.keys(TOPICS) as Topic[]).find((topic) => topic === word || WORDS[topic].includes(word));

/** What the help feature says. */
export const text = {
  /** The first screen of a chat with the bot, under “What can this bot do?”; Telegram takes 512 characters. */
  description: [
    'I keep a machine stocked with Hugging Face models.',
    '',
    'Write /add gpt2, or paste a link from huggingface.co. You see the bytes arrive, and hear once when the model is ready, or why it failed.',
    '',
    'Everything is verified, and lies where transformers, vLLM, llama.cpp and diffusers on that machine look for it. Big ones can wait for the night.',
    '',
    'I am private: my owner lets people in.',
  ].join('\n'),
  /** On its profile, and where somebody shares a link to it; Telegram takes 120 characters. */
  about: 'Downloads Hugging Face models to its owner’s machine: verified, resumable, on a schedule. Private.',
  welcome: [
    'hubgram keeps this machine stocked with Hugging Face models.',
    'Write /add gpt2, or paste a link from huggingface.co, and watch the bytes arrive.',
    '/help says what else there is.',
  ],
  overview: ['What I understand:', ...COMMANDS.map(({ command, description }) => `/${command} · ${description}`)],
  more: 'The buttons tell more.',
  unknownTopic: (word: string): string =>
    `There is no help on “${shorten(word, 40)}”. There is: add, queue, schedule, library.`,
  unknownCommand: (word: string, near: string | undefined): string =>
    near === undefined
      ? `I do not know ${shorten(word, 40)}. /help lists what I know.`
      : `I do not know ${shorten(word, 40)}. Did you mean /${near}?`,
  notText: 'I read text only. Write /add gpt2, or paste a link from huggingface.co.',
  chat: 'Write /add and the name of a model, or paste a link from huggingface.co. /help lists the rest.',
  staleButton: 'This button is from an older version. Write /queue or /library.',
} as const;
