import { u64, zipOf } from './made.ts';

/** What `torch.save` writes of one tensor of float32 numbers: the pickle names them by the key 0. */
export const pickled = (numbers: number): Buffer =>
  Buffer.concat([
    Buffer.from(
      '\u0080\u0002(X\u0007\u0000\u0000\u0000storagectorch\nFloatStorage\nX\u0001\u0000\u0000\u00000',
      'latin1',
    ),
    Buffer.from('X\u0003\u0000\u0000\u0000cpu', 'latin1'),
    Buffer.from([75, numbers]),
    Buffer.from('tQ.'),
  ]);

/** A file of one tensor of three numbers. */
export const torchFile = (data: Buffer, packed = false): Buffer =>
  zipOf({ 'model/data.pkl': pickled(3), 'model/data/0': data, 'model/version': Buffer.from('3\n') }, packed);

/** The same as PyTorch wrote it before 1.6. */
export const oldTorchFile = (): Buffer => {
  const magic = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');
  const small = Buffer.from('\u0080\u0002K\u0001.', 'latin1');
  return Buffer.concat([magic, small, small, pickled(3), small, u64(3), Buffer.alloc(12)]);
};
