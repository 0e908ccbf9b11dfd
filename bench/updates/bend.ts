/** Spoils JSON: takes away, puts in something else, nests it deep. */

import type { Dice } from '../../tests/helpers/dice.ts';

export const pick = <T>(dice: Dice, list: readonly T[]): T => list[dice(list.length)] as T;

/** True once in so many times. */
export const often = (dice: Dice, times: number): boolean => dice(times) === 0;

const nested = (depth: number, isList: boolean): unknown => {
  let value: unknown = 'x';
  for (let at = 0; at < depth; at += 1) value = isList ? [value] : { reply_to_message: value };
  return value;
};

const GONE = Symbol('gone');

/** Makes something that does not belong there, or takes away what does. Nobody's id is among them. */
const WRONG: readonly ((dice: Dice) => unknown)[] = [
  ...[null, -1, 0, 2 ** 53, -(2 ** 63), 1e308, 1.5, '', 'x'.repeat(5000), true, '\u{D800}', '123'].map(
    (value) => () => value,
  ),
  () => [],
  () => ({}),
  () => [null, 1, 'x', {}, []],
  (dice) => nested(pick(dice, [10, 500, 1500, 3000]), often(dice, 2)),
  () => JSON.parse('{"__proto__":{"id":1},"constructor":{"prototype":1},"toString":1,"length":-1}') as unknown,
  () => Array.from({ length: 2000 }, (_, at) => ({ type: 'bot_command', offset: at, length: 1 })),
  ...Array.from({ length: 5 }, () => () => GONE),
];

type Node = Record<string, unknown>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** What lies deeper was put there by an earlier change. */
const DEEPEST = 8;

/** Every place in it where something stands. */
const placesIn = (value: Node, depth = 0): { readonly node: Node; readonly key: string }[] =>
  Object.keys(value).flatMap((key) => {
    const inner = value[key];
    const within = isNode(inner) && depth < DEEPEST ? placesIn(inner, depth + 1) : [];
    return [{ node: value, key }, ...within];
  });

/** Changes one to three places of it. */
export const bend = (dice: Dice, value: object): object => {
  for (let changes = 1 + dice(3); changes > 0; changes -= 1) {
    const places = placesIn(value as Node).slice(0, 400);
    const place = places[dice(places.length)];
    if (!place) return value;
    const put = pick(dice, WRONG)(dice);
    if (put === GONE) delete place.node[place.key];
    else place.node[place.key] = put;
  }
  return value;
};
