const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const [ARRAY, ARRAY_END] = [0x5b, 0x5d];
const [OBJECT, OBJECT_END] = [0x7b, 0x7d];

/** What the Hub sends is eight deep at most; a model card's metadata is whatever its author wrote. */
const DEEPEST = 100;
/**
 * A page of a thousand files has ten thousand values, an index of the largest models a hundred thousand. Each takes
 * memory when it is parsed: `[` and `{}` fifty times what they take in the text.
 */
const VALUES_MOST = 1_000_000;

/**
 * Counts the depth and the values of JSON text while it comes, before anything is parsed: without recursion, in time
 * linear in the text, and whatever the text is. Says nothing of whether it is JSON.
 * @returns takes the next bytes; false once it is more than anybody sends who means well
 */
export const createJsonBounds = (): ((bytes: Uint8Array) => boolean) => {
  let depth = 0;
  let values = 0;
  let inText = false;
  let isEscaped = false;
  return (bytes) => {
    // Twenty times as fast as an iterator: there may be sixteen million of them.
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (isEscaped) isEscaped = false;
      else if (inText) {
        if (byte === QUOTE) inText = false;
        else if (byte === BACKSLASH) isEscaped = true;
      } else if (byte === QUOTE) inText = true;
      else if (byte === COMMA) values += 1;
      else if (byte === ARRAY || byte === OBJECT) {
        depth += 1;
        values += 1;
        if (depth > DEEPEST) return false;
      } else if (byte === ARRAY_END || byte === OBJECT_END) depth -= 1;
    }
    return values <= VALUES_MOST;
  };
};
