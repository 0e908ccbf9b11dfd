/** The element with this id; the page is a fixed frame, so a missing one is a mistake of ours. */
export const byId = (id) => {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found;
};

const add = (parent, children) => {
  for (const child of children.flat()) {
    if (child !== undefined && child !== null && child !== false) parent.append(child);
  }
};

/**
 * An element with attributes and children. Strings become text nodes, so foreign text is safe anywhere among the children.
 * Attributes that are undefined, null or false are left out; `true` is an attribute without a value. Foreign text must not
 * decide an `href` without links.js.
 */
export const el = (name, attributes, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    node.setAttribute(key, value === true ? '' : String(value));
  }
  add(node, children);
  return node;
};

/** Attributes that people change by touching a message; a newer rendering must not undo them. */
const KEPT = new Set(['data-revealed', 'data-open', 'data-fits', 'data-flash', 'aria-expanded']);

const syncAttributes = (from, to) => {
  // A revealed spoiler is no button any more, and stays so.
  if (from.hasAttribute('data-revealed')) return;
  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !KEPT.has(name)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
};

/**
 * Makes `from` look like `to`, touching only what differs: focus, selection, scroll position and running transitions stay.
 * @returns the node that is in the document afterwards
 */
export const morph = (from, to) => {
  if (from.nodeName !== to.nodeName || from.dataset?.kind !== to.dataset?.kind) {
    from.replaceWith(to);
    return to;
  }
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return from;
  }
  syncAttributes(from, to);
  const next = [...to.childNodes];
  const now = [...from.childNodes];
  for (const [index, child] of next.entries()) {
    if (now[index]) morph(now[index], child);
    else from.append(child);
  }
  for (const surplus of now.slice(next.length)) surplus.remove();
  return from;
};
