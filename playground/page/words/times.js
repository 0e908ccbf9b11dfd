const clockTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayInYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long' });
const dayAndYear = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'long', year: 'numeric' });
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'always' });

const DAY_MS = 86_400_000;
/** @param {Date} date */
const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
/** @param {Date} date */
const daysAgo = (date) => Math.round((startOfDay(new Date()) - startOfDay(date)) / DAY_MS);

/**
 * `14:03`, in the reader's zone and form.
 * @param {number} unixSeconds
 */
export const timeOfDay = (unixSeconds) => clockTime.format(unixSeconds * 1000);

/**
 * What the tooltip of a time says.
 * @param {number} unixSeconds
 */
export const fullTime = (unixSeconds) => full.format(unixSeconds * 1000);

/**
 * `Today`, `Yesterday`, `12 November`: the heading above the messages of a day.
 * @param {number} unixSeconds
 */
export const dayName = (unixSeconds) => {
  const date = new Date(unixSeconds * 1000);
  const ago = daysAgo(date);
  if (ago === 0) return 'Today';
  if (ago === 1) return 'Yesterday';
  return (date.getFullYear() === new Date().getFullYear() ? dayInYear : dayAndYear).format(date);
};

/**
 * The time in a list of chats: the hour today, the date before.
 * @param {number} unixSeconds
 */
export const shortTime = (unixSeconds) => {
  const date = new Date(unixSeconds * 1000);
  return daysAgo(date) === 0 ? clockTime.format(date) : shortDay.format(date);
};

/** @type {readonly (readonly [Intl.RelativeTimeFormatUnit, number])[]} */
const STEPS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];

/**
 * `in 5 minutes`, `2 hours ago`.
 * @param {number} unixSeconds
 */
const relativeTime = (unixSeconds) => {
  const seconds = Math.round(unixSeconds - Date.now() / 1000);
  const [unit, size] = STEPS.find(([, step]) => Math.abs(seconds) >= step) ?? /** @type {const} */ (['second', 1]);
  return relative.format(Math.trunc(seconds / size), unit);
};

/**
 * A `date_time` entity in the reader's zone and language.
 * @param {number} unixSeconds
 * @param {string} format `r`, or any of `w` (weekday), `d`/`D` (short, long date), `t`/`T` (short, long time); empty: the text as sent
 * @param {string} asSent
 */
export const formatEntityTime = (unixSeconds, format, asSent) => {
  if (format === 'r') return relativeTime(unixSeconds);
  /** @type {Intl.DateTimeFormatOptions} */
  const options = {
    ...(format.includes('w') && { weekday: format.includes('D') ? 'long' : 'short' }),
    ...(format.includes('d') && { day: 'numeric', month: 'numeric', year: '2-digit' }),
    ...(format.includes('D') && { day: 'numeric', month: 'long', year: 'numeric' }),
    ...(format.includes('t') && { hour: '2-digit', minute: '2-digit' }),
    ...(format.includes('T') && { hour: '2-digit', minute: '2-digit', second: '2-digit' }),
  };
  if (Object.keys(options).length === 0) return asSent;
  return new Intl.DateTimeFormat(undefined, options).format(unixSeconds * 1000);
};

/**
 * Keeps relative times and the names of days true while they are looked at; messages need no edit for it.
 * @param {HTMLElement} root
 */
export const keepTimesCurrent = (root) => {
  /** @type {(name: string, words: (unixSeconds: number) => string) => void} */
  const renew = (name, words) => {
    for (const node of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(`[data-${name}]`))) {
      const text = words(Number(node.dataset[name]));
      if (node.textContent !== text) node.textContent = text;
    }
  };
  setInterval(() => {
    renew('relative', relativeTime);
    renew('day', dayName);
  }, 1000);
};
