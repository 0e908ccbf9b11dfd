/** The stand-in's HTTP interface under /sim. */

const query = (parameters) => new URLSearchParams(parameters).toString();

const read = async (response) => {
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw new Error(body.error ?? body.description ?? `The playground answered with ${response.status}`);
};

const get = async (path, parameters = {}) =>
  read(await fetch(`/sim/${path}?${query(parameters)}`, { cache: 'no-store' }));

// The header makes it a request that a foreign page cannot send without asking first.
const HEADERS = { 'x-playground': '1' };

const post = async (path, body) =>
  read(
    await fetch(`/sim/${path}`, {
      method: 'POST',
      headers: { ...HEADERS, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  );

export const getAbout = () => get('about');
export const getState = (user) => get('state', { user });
export const getMessages = (user, chat) => get('messages', { user, chat });
export const getCommands = (user, chat) => get('commands', { user, chat });
export const sendMessage = (message) => post('send', message);
export const pressButton = (press) => post('press', press);
export const markRead = (userId, chatId) => post('read', { userId, chatId });
export const setBlocked = (userId, blocked) => post('block', { userId, blocked });
export const deleteMessage = (userId, chatId, messageId) => post('delete', { userId, chatId, messageId });

export const uploadFile = async (userId, chatId, file, caption) =>
  read(
    await fetch(`/sim/upload?${query({ user: userId, chat: chatId, name: file.name, caption })}`, {
      method: 'POST',
      headers: { ...HEADERS, 'content-type': file.type || 'application/octet-stream' },
      body: file,
    }),
  );

const KINDS = ['message', 'chat', 'answer', 'action', 'commands', 'profile'];
const LONGEST_PAUSE_MS = 5000;

/**
 * Listens to what one person sees, and comes back by itself when the connection is lost.
 * @param on {event(kind, data), up(), down()}; after `up` everything should be read anew, since events may be missing
 */
export const listen = (userId, on) => {
  let source;
  let timer;
  let pauseMs = 250;
  let closed = false;

  const connect = () => {
    clearTimeout(timer);
    source?.close();
    source = new EventSource(`/sim/events?${query({ user: userId })}`);
    source.onopen = () => {
      pauseMs = 250;
      on.up();
    };
    source.onerror = () => {
      source.close();
      on.down();
      if (closed) return;
      timer = setTimeout(connect, pauseMs);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    };
    for (const kind of KINDS) source.addEventListener(kind, (event) => on.event(kind, JSON.parse(event.data)));
  };

  // Whoever comes back to the page does not want to wait for the timer.
  const onVisible = () => {
    if (!document.hidden && source.readyState === EventSource.CLOSED && !closed) connect();
  };
  document.addEventListener('visibilitychange', onVisible);
  connect();

  return () => {
    closed = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', onVisible);
    source.close();
  };
};
