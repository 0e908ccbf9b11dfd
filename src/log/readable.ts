interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly msg?: string;
  readonly [field: string]: unknown;
}

const fieldText = (value: unknown): string =>
  typeof value === 'string' && /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);

/** Stacks and what lies beneath an error read better below the line than in it. */
const errorText = (value: unknown, indent: string): string => {
  if (typeof value !== 'object' || value === null) return `${indent}${fieldText(value)}\n`;
  const { name, message, stack, cause, ...rest } = value as {
    name?: string;
    message?: string;
    stack?: string;
    cause?: unknown;
  };
  const heading = stack ?? [name, message].filter((part) => part !== undefined).join(': ');
  const details = Object.entries(rest).map(([key, item]) => ` ${key}=${fieldText(item)}`);
  const own = `${heading}${details.join('')}`.replace(/\n/g, `\n${indent}`);
  return `${indent}${own}\n${cause === undefined ? '' : errorText(cause, `${indent}  `)}`;
};

/**
 * `05:10:58 WARN  A sentence  key=value`, local time, with the errors beneath and a line feed.
 * @param json a line of the log
 * @throws SyntaxError: it is none
 */
export const readableLine = (json: string): string => {
  const { level, time, msg = '', ...fields } = JSON.parse(json) as LogLine;
  const isError = (value: unknown): boolean => typeof value === 'object' && value !== null && 'message' in value;
  const entries = Object.entries(fields);
  const inline = entries.filter(([, value]) => !isError(value)).map(([key, value]) => `  ${key}=${fieldText(value)}`);
  const clock = new Date(time).toTimeString().slice(0, 8);
  const errors = entries.filter(([, value]) => isError(value)).map(([, value]) => errorText(value, '  '));
  return `${clock} ${level.toUpperCase().padEnd(5)} ${msg}${inline.join('')}\n${errors.join('')}`;
};
