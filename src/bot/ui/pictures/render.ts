/* bot/ui/pictures: pictures of our own, drawn by a thread, in which no foreign text stands. */

import { setTimeout as pass } from 'node:timers/promises';
import { AppError } from '../../../domain/errors.ts';

/** A picture takes a hundredth of a second; more than this is a fault. */
const LONGEST_MS = 10_000;

/** No text stands in the pictures: looking for the fonts of a machine would take longer than drawing. */
const WITHOUT_FONTS = { font: { loadSystemFonts: false } };

/**
 * Draws an SVG, in a thread of Node's pool: one of its own would take ten times as long to begin as the drawing takes. What draws is
 * loaded with the first picture.
 * @returns a PNG
 * @throws AppError operational: it took too long, or could not be drawn
 */
export const renderPng = async (svg: string, longestMs = LONGEST_MS): Promise<Uint8Array> => {
  const drawn = new AbortController();
  const tooLong = async (): Promise<never> => {
    await pass(longestMs, undefined, { signal: drawn.signal });
    throw new Error(`It takes longer than ${longestMs} ms.`);
  };
  try {
    const { renderAsync } = await import('@resvg/resvg-js');
    const image = await Promise.race([tooLong(), renderAsync(svg, WITHOUT_FONTS)]);
    return new Uint8Array(image.asPng());
  } catch (error) {
    throw new AppError('operational', 'The picture could not be drawn. /storage says the same in words.', {
      cause: error,
    });
  } finally {
    drawn.abort();
  }
};
