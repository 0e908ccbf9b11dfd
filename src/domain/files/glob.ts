type Matcher = (character: number) => boolean;
/** One position of a pattern: exactly this character (a code point), or any that fits. */
type Position = number | Matcher;

/** What stands between two stars. */
interface Piece {
  readonly positions: readonly Position[];
  /** Where in `text` it begins first, not before `from`; -1 if nowhere. */
  readonly find: (text: Uint32Array, from: number) => number;
}

const anyone: Matcher = () => true;

/** The inside of `[…]`: characters and ranges. */
const readSet = (inside: string): Matcher => {
  const negated = inside.startsWith('!');
  const characters = Array.from(negated ? inside.slice(1) : inside, (character) => character.codePointAt(0) ?? 0);
  const ranges: [number, number][] = [];
  for (let at = 0; at < characters.length; at++) {
    const from = characters[at] ?? 0;
    const to = characters[at + 2];
    const isRange = characters[at + 1] === 45 && to !== undefined;
    ranges.push([from, isRange ? to : from]);
    if (isRange) at += 2;
  }
  return (character) => ranges.some(([from, to]) => character >= from && character <= to) !== negated;
};

/** Where the `]` of a set that begins at `open` stands; a `]` right behind the opening belongs to the set. */
const endOfSet = (pattern: string, open: number): number => {
  const first = pattern[open + 1] === '!' ? open + 2 : open + 1;
  return pattern.indexOf(']', first + 1);
};

/** The positions between the stars, in order; one list more than there are runs of stars. */
const readPattern = (pattern: string): Position[][] => {
  const pieces: Position[][] = [[]];
  // Sets without an end are plain characters; whether there is any `]` further on is asked once, not for each `[`.
  const lastClosing = pattern.lastIndexOf(']');
  for (let at = 0; at < pattern.length; ) {
    const code = pattern.codePointAt(at) ?? 0;
    const character = String.fromCodePoint(code);
    const end = character === '[' && at < lastClosing ? endOfSet(pattern, at) : -1;
    const positions = pieces.at(-1) ?? [];
    if (end !== -1) {
      positions.push(readSet(pattern.slice(at + 1, end)));
      at = end + 1;
      continue;
    }
    if (character === '*') {
      if (positions.length > 0 || pieces.length === 1) pieces.push([]);
    } else positions.push(character === '?' ? anyone : code);
    at += character.length;
  }
  return pieces;
};

const fits = (position: Position | undefined, character: number): boolean =>
  typeof position === 'function' ? position(character) : position === character;

const fitsAt = (positions: readonly Position[], text: Uint32Array, at: number): boolean =>
  positions.every((position, offset) => fits(position, text[at + offset] ?? -1));

/** At most so many different characters are remembered for one piece: names come from strangers. */
const MASKS_MOST = 2048;

/**
 * Shift-And (Baeza-Yates and Gonnet): one bit for each position, all of them moved on by each character. So the search is
 * linear in the text whatever the pattern: patterns come from chats and paths from strangers, and neither may cost the
 * other people their time.
 */
const createFind = (positions: readonly Position[]): Piece['find'] => {
  const words = Math.ceil(positions.length / 32);
  const masks = new Map<number, Uint32Array>();
  const maskOf = (character: number): Uint32Array => {
    const known = masks.get(character);
    if (known) return known;
    const mask = new Uint32Array(words);
    positions.forEach((position, at) => {
      if (fits(position, character)) mask[at >>> 5] = (mask[at >>> 5] ?? 0) | (1 << (at & 31));
    });
    if (masks.size >= MASKS_MOST) masks.clear();
    masks.set(character, mask);
    return mask;
  };
  const lastWord = (positions.length - 1) >>> 5;
  const lastBit = 1 << ((positions.length - 1) & 31);
  const state = new Uint32Array(words);
  return (text, from) => {
    state.fill(0);
    for (let at = from; at < text.length; at++) {
      const mask = maskOf(text[at] ?? 0);
      let carry = 1;
      for (let word = 0; word < words; word++) {
        const before = state[word] ?? 0;
        state[word] = ((before << 1) | carry) & (mask[word] ?? 0);
        carry = before >>> 31;
      }
      if (((state[lastWord] ?? 0) & lastBit) !== 0) return at - positions.length + 1;
    }
    return -1;
  };
};

const createPiece = (positions: readonly Position[]): Piece => {
  const [only] = positions;
  if (positions.length === 1 && typeof only === 'number')
    return { positions, find: (text, from) => text.indexOf(only, from) };
  if (positions.every((position) => position === anyone)) {
    return { positions, find: (text, from) => (from + positions.length <= text.length ? from : -1) };
  }
  return { positions, find: createFind(positions) };
};

/** Reads texts as code points, all into one piece of memory: what it returned before is then no longer what it was. */
const createReader = (): ((text: string) => Uint32Array) => {
  let points = new Uint32Array(256);
  return (text) => {
    if (points.length < text.length) points = new Uint32Array(2 * text.length);
    let length = 0;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      const point = unit >= 0xd800 && unit < 0xdc00 ? (text.codePointAt(at) ?? unit) : unit;
      points[length++] = point;
      if (point > 0xffff) at++;
    }
    return points.subarray(0, length);
  };
};

/** True where the pieces between stars come one after the other, each as early as it can. */
const findsInOrder = (pieces: readonly Piece[], text: Uint32Array, from: number): boolean => {
  let at = from;
  for (const piece of pieces) {
    const found = piece.find(text, at);
    if (found === -1) return false;
    at = found + piece.positions.length;
  }
  return true;
};

/**
 * A test for paths by Python's `fnmatch`, as huggingface_hub's `filter_repo_objects` uses it: `*` and `?` match `/` too,
 * `[abc]`, `[a-z]`, `[!abc]`; case matters; a pattern that ends with `/` means everything below that folder. The work is
 * linear in the path.
 */
export const createGlob = (pattern: string): ((path: string) => boolean) => {
  const [head = [], ...rest] = readPattern(pattern.endsWith('/') ? `${pattern}*` : pattern);
  const tail = rest.pop();
  const middle = rest.map(createPiece);
  const read = createReader();
  const least = [head, ...rest, tail ?? []].reduce((sum, { length }) => sum + length, 0);
  return (path) => {
    const text = read(path);
    if (tail === undefined) return text.length === head.length && fitsAt(head, text, 0);
    if (text.length < least || !fitsAt(head, text, 0)) return false;
    const end = text.length - tail.length;
    return fitsAt(tail, text, end) && findsInOrder(middle, text.subarray(0, end), head.length);
  };
};

/** A pattern that matches exactly this text. */
export const escapeGlob = (text: string): string => text.replace(/[*?[]/g, '[$&]');
