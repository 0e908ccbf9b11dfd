/**
 * @typedef {Node | string | false | null | undefined} One
 * @typedef {One | readonly One[]} Child
 * @typedef {Readonly<Record<string, string | number | boolean | null | undefined>>} Attributes
 */

/**
 * The element with this id and of this kind; the page is a fixed frame, so a missing one is a mistake of ours.
 * @template {HTMLElement} Kind
 * @param {string} id
 * @param {abstract new () => Kind} kind
 */
export const elementById = (id, kind) => {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${kind.name} #${id}`);
  return found;
};

/** @param {string} id */
export const byId = (id) => elementById(id, HTMLElement);

/**
 * The element that was touched, or the next one around it, that a selector fits.
 * @param {EventTarget | null} target
 * @param {string} selector
 */
export const closestTo = (target, selector) => {
  const found = target instanceof Element ? target.closest(selector) : undefined;
  return found instanceof HTMLElement ? found : undefined;
};

/** @type {(parent: Node, outside: EventTarget | null) => boolean} */
export const holds = (parent, outside) => outside instanceof Node && parent.contains(outside);

/**
 * An element with attributes and children. Strings become text nodes, so foreign text is safe anywhere among the children.
 * Attributes that are undefined, null or false are left out; `true` is an attribute without a value. Foreign text must not
 * decide an `href` without links.js.
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
export const el = (name, attributes, ...children) => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    node.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children.flat()) {
    if (child !== undefined && child !== null && child !== false) node.append(child);
  }
  return node;
};

/** Attributes that people change by touching a message; a newer rendering must not undo them. */
const KEPT = new Set(['data-revealed', 'data-open', 'data-fits', 'data-flash', 'aria-expanded']);

/** @type {(from: Element, to: Element) => void} */
const syncAttributes = (from, to) => {
  // A revealed spoiler is no button any more, and stays so.
  if (from.hasAttribute('data-revealed')) return;
  for (const name of from.getAttributeNames()) {
    if (!to.hasAttribute(name) && !KEPT.has(name)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
};

/** @param {Node} node */
const kindOf = (node) => (node instanceof HTMLElement ? node.dataset['kind'] : undefined);

/**
 * Makes `from` look like `to`, touching only what differs: focus, selection, scroll position and running transitions stay.
 * @template {ChildNode} Kind
 * @param {Kind} from
 * @param {Kind} to
 * @returns {Kind} the node that is in the document afterwards
 */
export const morph = (from, to) => {
  if (from.nodeName !== to.nodeName || kindOf(from) !== kindOf(to)) {
    from.replaceWith(to);
    return to;
  }
  if (from instanceof Text && to instanceof Text) {
    if (from.data !== to.data) from.data = to.data;
    return from;
  }
  if (from instanceof Element && to instanceof Element) syncAttributes(from, to);
  const next = [...to.childNodes];
  const now = [...from.childNodes];
  for (const [index, child] of next.entries()) {
    const present = now[index];
    if (present) morph(present, child);
    else from.appendChild(child);
  }
  for (const surplus of now.slice(next.length)) surplus.remove();
  return from;
};
