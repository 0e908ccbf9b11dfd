import { byId, el } from '../dom/dom.js';

/** `/pre` while it is being typed: a slash and letters, nothing behind it. */
const beingTyped = (text) => /^\/([a-z0-9_]{0,32})$/i.exec(text)?.[1].toLowerCase();

/**
 * The list of the bot's commands above the message box. It opens by its button and while a command is typed; the focus stays
 * in the box, arrow keys move the mark, Enter sends, Tab completes, Escape closes.
 * @param on {choose(command), complete(command)}
 */
export const createCommandMenu = (box, on) => {
  const panel = byId('menu');
  const list = byId('menu-list');
  const button = byId('menu-button');
  let commands = [];
  let shown = [];
  let marked = 0;
  let dismissed;

  const isOpen = () => !panel.hidden;

  const mark = (index) => {
    marked = (index + shown.length) % shown.length;
    for (const [at, option] of [...list.children].entries())
      option.setAttribute('aria-selected', String(at === marked));
    const option = list.children[marked];
    box.setAttribute('aria-activedescendant', option.id);
    option.scrollIntoView({ block: 'nearest' });
  };

  const close = () => {
    panel.hidden = true;
    button.setAttribute('aria-expanded', 'false');
    box.removeAttribute('aria-activedescendant');
  };

  const open = (matching) => {
    shown = matching;
    list.replaceChildren(
      ...shown.map(({ command, description }, index) =>
        el(
          'li',
          { role: 'option', id: `command-${index}`, 'data-index': index },
          el('span', { class: 'option-name' }, `/${command}`),
          el('span', { class: 'option-note' }, description),
        ),
      ),
    );
    panel.hidden = false;
    button.setAttribute('aria-expanded', 'true');
    mark(0);
  };

  const follow = () => {
    const typed = beingTyped(box.value);
    if (typed === undefined) dismissed = undefined;
    const matching = typed === undefined ? [] : commands.filter(({ command }) => command.startsWith(typed));
    if (matching.length === 0 || dismissed === box.value) close();
    else open(matching);
  };

  const choose = (command) => {
    close();
    on.choose(command);
  };

  /** Keys that belong to the open menu. @returns true if the key was one */
  const onKey = (event) => {
    if (!isOpen() || event.isComposing) return false;
    const acts = {
      ArrowDown: () => mark(marked + 1),
      ArrowUp: () => mark(marked - 1),
      Enter: () => choose(shown[marked].command),
      Tab: () => on.complete(shown[marked].command),
      Escape: () => {
        dismissed = box.value;
        close();
      },
    };
    const act = event.shiftKey ? undefined : acts[event.key];
    if (!act) return false;
    event.preventDefault();
    event.stopPropagation();
    act();
    return true;
  };

  box.addEventListener('input', follow);
  button.addEventListener('click', () => {
    const wasOpen = isOpen();
    box.focus();
    if (wasOpen) close();
    else if (commands.length > 0) open(commands);
  });
  // Not `click`: the box would lose the focus first.
  list.addEventListener('pointerdown', (event) => event.preventDefault());
  list.addEventListener('click', (event) => {
    const option = event.target.closest('[data-index]');
    if (option) choose(shown[Number(option.dataset.index)].command);
  });
  document.addEventListener('pointerdown', (event) => {
    if (isOpen() && !panel.contains(event.target) && event.target !== box && !button.contains(event.target)) close();
  });

  return {
    setCommands: (next) => {
      commands = next;
      button.hidden = commands.length === 0;
      if (isOpen() && beingTyped(box.value) === undefined) open(commands);
      else follow();
    },
    follow,
    close,
    onKey,
  };
};
