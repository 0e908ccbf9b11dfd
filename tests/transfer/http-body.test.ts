import { describe, expect, it } from 'vitest';
import { createBuffers } from '../../src/transfer/http/buffers.ts';
import { createBody, type Body } from '../../src/transfer/http/body.ts';

/** A body with the only memory there is. */
const setUp = (): { body: Body; isFree: () => boolean } => {
  const buffers = createBuffers(1);
  const body = createBody({ length: 10, buffers, pieceBytes: () => Infinity, onFree: () => undefined });
  const isFree = (): boolean => {
    const memory = buffers.take();
    if (memory) buffers.giveBack(memory);
    return memory !== undefined;
  };
  return { body, isFree };
};

const takeAll = async (body: Body): Promise<string> => {
  let text = '';
  for await (const piece of body.pieces()) text += Buffer.from(piece).toString();
  return text;
};

describe('the memory of an answer that breaks off', () => {
  it('is free for the next one, if nothing had come into it', async () => {
    const { body, isFree } = setUp();
    expect(body.target()).toBeDefined();
    expect(isFree()).toBe(false);
    body.fail(new Error('broken'));
    await expect(takeAll(body)).rejects.toThrow('broken');
    expect(isFree()).toBe(true);
  });

  it('is handed over first, if something had come', async () => {
    const { body, isFree } = setUp();
    body.append(Buffer.from('abc'));
    body.fail(new Error('broken'));
    const pieces = body.pieces();
    const { value } = await pieces.next();
    expect(Buffer.from(value ?? []).toString()).toBe('abc');
    await expect(pieces.next()).rejects.toThrow('broken');
    expect(isFree()).toBe(true);
  });

  it('is free when nobody wants the rest', () => {
    const { body, isFree } = setUp();
    body.append(Buffer.from('abc'));
    body.drop();
    expect(isFree()).toBe(true);
    expect(body.target()).toBeUndefined();
  });
});
