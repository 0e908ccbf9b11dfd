import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ONNX_MODEL } from '../helpers/onnx-model.ts';
import { checked, copyOf } from './made.ts';

const MODEL = readFileSync(ONNX_MODEL);

/** What a check says is wrong with the model after this change. */
const faults = async (model: Buffer): Promise<string[]> => {
  const { whole } = await checked({ 'model.onnx': model });
  expect(whole.weightFiles).toBe(whole.faultCount === 0 ? 1 : 0);
  return whole.faults.map(({ path, reason }) => `${path} ${reason}`);
};

/** The first tensor: 8 numbers (at −3), of float32 (−1), then its name, and behind that how many bytes they take (18). */
const NAME = MODEL.indexOf('B\x10batch_norm_0.b_0J');

/** The model with one other byte. */
const changed = (at: number, byte: number): Buffer => {
  const model = Buffer.from(MODEL);
  expect(model[at]).not.toBe(byte);
  model[at] = byte;
  return model;
};

describe('a real ONNX model', () => {
  it('is whole, and needs the memory of its numbers', async () => {
    const copy = copyOf({ 'model.onnx': MODEL });
    const { whole, need } = await copy.check();
    copy.remove();
    expect(whole).toMatchObject({ weightFiles: 1, tensors: 250, faultCount: 0, unreadCount: 0, importCount: 0 });
    expect(need).toEqual({ weightBytes: 534_660 });
  });

  it('is not where it was cut short, wherever that was', async () => {
    expect(await faults(MODEL.subarray(0, -1))).toEqual([
      `model.onnx has ${MODEL.length - 1} bytes, but what it says of itself needs ${MODEL.length}`,
    ]);
    // Where its graph ends, as if nothing were missing.
    expect(await faults(MODEL.subarray(0, -6))).toEqual(['model.onnx does not say which operators it means']);
    for (let length = 0; length < MODEL.length; length += 1009)
      expect(await faults(MODEL.subarray(0, length))).toHaveLength(1);
  });

  it('is not where one byte of its headers was changed', async () => {
    const tensor = 'model.onnx gives its tensor “batch_norm_0.b_0” 32 bytes; its shape needs';
    expect(await faults(changed(NAME - 3, 9))).toEqual([`${tensor} 36`]);
    expect(await faults(changed(NAME - 1, 10))).toEqual([`${tensor} 16`]);
    expect(await faults(changed(NAME + 19, 31))).toEqual(['model.onnx has something at byte 102 that is no field']);
    expect(await faults(changed(0, 0x3a))).toHaveLength(1);
  });

  it('is not looked into where the type of its numbers is none that there is', async () => {
    const { whole } = await checked({ 'model.onnx': changed(NAME - 1, 99) });
    expect(whole).toMatchObject({ weightFiles: 0, faultCount: 0, unreadCount: 1 });
  });
});
