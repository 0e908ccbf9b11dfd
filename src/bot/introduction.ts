import type { Api } from 'grammy';
import type { Log } from '../lib/log.ts';

/** What the bot says of itself. */
const text = {
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
} as const;

/**
 * Tells Telegram what the bot says of itself: on the first screen of a chat, and on its profile. Only what differs is
 * written, since these calls are few a day; and a bot without it is a bot all the same.
 */
export const introduce = async (api: Api, log: Log): Promise<void> => {
  try {
    const { description } = await api.getMyDescription();
    if (description !== text.description) await api.setMyDescription(text.description);
    const { short_description: about } = await api.getMyShortDescription();
    if (about !== text.about) await api.setMyShortDescription(text.about);
  } catch (error) {
    log.warn({ err: error }, 'Telegram did not take what the bot says of itself');
  }
};
