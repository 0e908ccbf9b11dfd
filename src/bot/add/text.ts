import type { Topic } from '../feature.ts';
import { hideKeys } from '../../domain/repo/address-keys.ts';
import type { RepoList } from '../../domain/repo/repo-list.ts';
import { isMagnet, readMagnet } from '../../domain/repo/magnet.ts';
import { hideSealed } from '../../lib/text/mask-secrets.ts';
import { shownAddress } from '../../domain/repo/web-file.ts';
import { shorten } from '../../lib/text/shorten.ts';

/** What somebody has written, as it is said again. */
const quoted = (word: string): string => shorten(hideKeys(hideSealed(word)), 60);

/** So many references of a list are named in its offer, and so many lines that were not understood. */
const NAMED_MOST = 5;
const UNREAD_NAMED = 3;

const torrentName = (link: string): string => {
  const { name, infoHash } = readMagnet(link);
  return `the torrent ${name === undefined ? infoHash : `“${shorten(name, 60)}”`}`;
};

/** What the add feature says. */
export const text = {
  which:
    'Which model? Write its name or link behind the command, for example “/add gpt2” or “/add Qwen/Qwen3-1.7B-GGUF:Q8_0”.',
  ask: 'Which model? Send its name or its Hub link, for example gpt2. /cancel leaves.',
  askFile: 'Which file? Send it now: a document, a photo, a video, a recording. A link works too. /cancel leaves.',
  noFile: 'There is no file in that message, and no link. Send a file, or answer one with /keep.',
  myOwn: 'That message is mine, and there is no file in it. Write the link that you mean behind /keep.',
  twoCategories: 'The category is named twice. Write it once, for example “/keep text”.',
  left: 'Nothing was added.',
  init: 'A model is checked after its download, or not: init=yes or init=no.',
  priority: 'The priority is high, medium or low, for example priority=high.',
  hash: 'A sha256 has 64 digits and letters from a to f, for example sha256=9f86d0…',
  name: 'The name of a file has letters, digits, “-”, “_” and “.”, for example name=model.gguf.',
  as: 'as=file takes the file of a torrent itself, and not what it holds.',
  oneFile: 'name= and sha256= are for one file. Add the others with a command of their own.',
  stray: (word: string): string =>
    `I do not understand “${quoted(word)}”. Behind the names of models stands now or later, or options such as quantize=Q4_K_M.`,
  tooManyLinks: (shown: number, all: number): string =>
    `There are ${all} links in this message. Here are the first ${shown}; send the others again in another one.`,
  tooMany: (shown: number, all: number): string =>
    `There are ${all} models in this message. The first ${shown} are looked up; send the others again in another one.`,
  noList: 'I find no models in it. A list has a name or link on each line, for example org/name.',
  listGone: 'The message with the list is gone. Send it again.',
  /** @param here those of them that the library has */
  offerList: ({ refs, unread }: RepoList, here: readonly string[], most: number): string => {
    const named = refs
      .slice(0, NAMED_MOST)
      .map((ref) => (isMagnet(ref) ? torrentName(ref) : shorten(shownAddress(ref), 60)))
      .join(', ');
    const more = refs.length > NAMED_MOST ? ` and ${refs.length - NAMED_MOST} more` : '';
    const question =
      refs.length === 1
        ? `Add ${named} to this library?`
        : `Add these ${refs.length} models to this library? ${named}${more}`;
    const cut =
      refs.length > most ? `Of more than ${most} the first ${most} are added; send the others in another list.` : '';
    const others = here.length > NAMED_MOST ? ` and ${here.length - NAMED_MOST} more` : '';
    const known =
      here.length > 0
        ? `In this library already: ${here
            .slice(0, NAMED_MOST)
            .map((name) => shorten(name, 60))
            .join(', ')}${others}`
        : '';
    return [question, known, cut, unread.length > 0 ? text.unread(unread) : '']
      .filter((line) => line !== '')
      .join('\n');
  },
  listTaken: (count: number): string =>
    count === 1 ? 'One model is looked up.' : `${count} models are looked up, each with its own card.`,
  notAdded: (refs: readonly string[], why: string): string => {
    const named = refs.slice(0, NAMED_MOST).map(quoted);
    const others = refs.length > NAMED_MOST ? ` and ${refs.length - NAMED_MOST} more` : '';
    return `Not added: ${named.join(', ')}${others}. ${why}`;
  },
  unread: (lines: RepoList['unread']): string => {
    const named = lines
      .slice(0, UNREAD_NAMED)
      .map(({ number, text: line }) => `line ${number} “${shorten(hideSealed(line), 40)}”`);
    const more = lines.length > UNREAD_NAMED ? ` and ${lines.length - UNREAD_NAMED} more` : '';
    return `Not understood: ${named.join(', ')}${more}.`;
  },
  linkGone: 'The message with the link is gone. Send it again.',
  notYours: 'That belongs to another chat.',
  notAllowed: 'Only the person who asked for that model, an admin of this group or the bot’s owner may change it.',
  looksAgain: 'I look once more. The card says what came of it.',
  tooLate: 'That was decided already.',
  copy: (ref: string): string =>
    `${quoted(ref)} · sent twice\nTelegram has shown this message twice. The other one says what becomes of it.`,
} as const;

export const help: Topic = {
  name: 'add',
  lines: [
    'Adding models',
    '/add gpt2',
    '/add gpt2 org/name · several at once, up to twenty',
    '/add Qwen/Qwen3-1.7B-GGUF:Q8_0 · one quantization',
    '/add org/name@branch · a branch, tag or commit',
    '/add datasets/org/name · a dataset',
    'A link from huggingface.co works too, with /add or by itself; so do the address of a file and a magnet: link, and a list, as a message with a name on each line, or as a text file.',
    '/add https://example.org/model.gguf · a file anywhere on the web',
    'A magnet: link behind /add, or a .torrent file as a document · a torrent',
    '/keep as the answer to a file, or under one that you send · keeps that file; /keep image name=cat.jpg says where and how it is called',
    '',
    'Behind the name:',
    'now · start at once; later · wait for /download',
    'quantize=auto, q4, fp16, no, all or a label such as Q4_K_M; of an ONNX model also int8, uint8, q4f16, bnb4; ask shows all there is',
    'include=*.json and exclude=*.bin · only these files, or all but these',
    'on=NAME · onto another of the machines that /hosts lists',
    'priority=high, medium or low; description="for the demo"; category=text or another one',
    'init=yes · look into it when it is here: is it whole, does it fit',
    'name=model.gguf and sha256=… · what a file from a web address is called here, and its hash; of a torrent name=, include= and exclude=',
    'as=file · of the address of a .torrent file, that file and not the torrent',
    '',
    'Without options you get what a loader needs: safetensors, configuration and tokenizer, not every format that lies in the repository.',
    'A gated repository says at which page to accept its terms. Then tap “I accepted, try again”, or “Try again” where its authors decide, or do nothing: for a day I look by myself.',
  ],
  words: [
    'adding',
    'models',
    'link',
    'links',
    'quantize',
    'options',
    'keeping',
    'web',
    'address',
    'url',
    'torrent',
    'torrents',
    'magnet',
    'sha256',
    'init',
  ],
};
