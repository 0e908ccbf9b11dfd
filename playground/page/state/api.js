/**
 * The stand-in's HTTP interface under /sim.
 * @import { PageAnswers, PageEvent, PageEvents, Told } from '../../telegram/page-wire.ts'
 */

/** @typedef {Readonly<Record<string, string | number | undefined>>} Parameters */

/** @param {Parameters} parameters those that are undefined are left out */
const query = (parameters) =>
  new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  ).toString();

/**
 * @template {keyof PageAnswers} Path
 * @param {Path} _path
 * @param {Response} response
 * @returns {Promise<PageAnswers[Path]>}
 */
const read = async (_path, response) => {
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw new Error(body.error ?? body.description ?? `The playground answered with ${response.status}`);
};

/**
 * @template {keyof PageAnswers} Path
 * @param {Path} path
 * @param {Parameters} parameters
 */
const get = async (path, parameters = {}) =>
  read(path, await fetch(`/sim/${path}?${query(parameters)}`, { cache: 'no-store' }));

// The header makes it a request that a foreign page cannot send without asking first.
const HEADERS = { 'x-playground': '1' };

/**
 * @template {keyof PageAnswers} Path
 * @param {Path} path
 * @param {object} body
 */
const post = async (path, body) =>
  read(
    path,
    await fetch(`/sim/${path}`, {
      method: 'POST',
      headers: { ...HEADERS, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );

/**
 * @typedef {object} NewMessage
 * @property {number} userId
 * @property {number} chatId
 * @property {string} text
 * @property {number | undefined} replyTo
 * @property {number | undefined} threadId
 */

/** @typedef {{ userId: number, chatId: number, messageId: number, data: string }} Press */

export const getAbout = () => get('about');
/** @type {(user: number) => Promise<PageAnswers['state']>} */
export const getState = (user) => get('state', { user });
/** @type {(user: number, chat: number) => Promise<PageAnswers['messages']>} */
export const getMessages = (user, chat) => get('messages', { user, chat });
/** @type {(user: number, chat: number) => Promise<PageAnswers['commands']>} */
export const getCommands = (user, chat) => get('commands', { user, chat });
/** @type {(message: NewMessage) => Promise<PageAnswers['send']>} */
export const sendMessage = (message) => post('send', message);
/** @type {(press: Press) => Promise<PageAnswers['press']>} */
export const pressButton = (press) => post('press', press);
/** @type {(userId: number, chatId: number, draftId: number) => Promise<object>} */
export const stopDraft = (userId, chatId, draftId) => post('stop', { userId, chatId, draftId });
/** @type {(userId: number, query: string) => Promise<PageAnswers['inline']>} */
export const askInline = (userId, typed) => post('inline', { userId, query: typed });
/** @type {(pick: { userId: number, chatId: number, queryId: string, resultId: string }) => Promise<PageAnswers['pick']>} */
export const pickInline = (pick) => post('pick', pick);
/** @type {(userId: number, chatId: number) => Promise<object>} */
export const markRead = (userId, chatId) => post('read', { userId, chatId });
/** @type {(userId: number, blocked: boolean) => Promise<object>} */
export const setBlocked = (userId, blocked) => post('block', { userId, blocked });
/** @type {(userId: number, chatId: number, messageId: number) => Promise<object>} */
export const deleteMessage = (userId, chatId, messageId) => post('delete', { userId, chatId, messageId });

/**
 * @typedef {object} NewFile
 * @property {number} user
 * @property {number} chat
 * @property {string} caption
 * @property {number | undefined} replyTo
 * @property {number | undefined} threadId
 * @property {number | undefined} album the same for all that are sent together
 */

/** @type {(file: File, place: NewFile) => Promise<PageAnswers['upload']>} */
export const uploadFile = async (file, place) =>
  read(
    'upload',
    await fetch(`/sim/upload?${query({ ...place, name: file.name })}`, {
      method: 'POST',
      headers: { ...HEADERS, 'content-type': file.type || 'application/octet-stream' },
      body: file,
    }),
  );

/** @type {readonly (keyof PageEvents)[]} */
const NAMES = ['message', 'chat', 'answer', 'action', 'draft', 'commands', 'profile'];
const LONGEST_PAUSE_MS = 5000;

/**
 * @typedef {object} Listener
 * @property {(userId: number, event: PageEvent) => void} event
 * @property {() => void} up everything should be read anew, since events may be missing
 * @property {() => void} down
 */

/**
 * Listens to what people see, and comes back by itself when the connection is lost.
 * @param {readonly number[]} people
 * @param {Listener} on
 * @returns ends it
 */
export const listen = (people, on) => {
  const address = `/sim/events?${new URLSearchParams(people.map((id) => ['user', String(id)]))}`;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let pauseMs = 250;
  let closed = false;

  const connect = () => {
    clearTimeout(timer);
    const opened = new EventSource(address);
    opened.addEventListener('open', () => {
      pauseMs = 250;
      on.up();
    });
    opened.addEventListener('error', () => {
      opened.close();
      on.down();
      if (closed) return;
      timer = setTimeout(reconnect, pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    });
    for (const name of NAMES)
      opened.addEventListener(name, ({ data: text }) => {
        const { userId, data } = /** @type {Told<keyof PageEvents>} */ (JSON.parse(text));
        on.event(userId, /** @type {PageEvent} */ ({ name, data }));
      });
    return opened;
  };
  const reconnect = () => {
    source.close();
    source = connect();
  };

  // Whoever comes back to the page does not want to wait for the timer.
  const onVisible = () => {
    if (!document.hidden && source.readyState === EventSource.CLOSED && !closed) reconnect();
  };
  let source = connect();
  document.addEventListener('visibilitychange', onVisible);

  return () => {
    closed = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisible);
    source.close();
  };
};
