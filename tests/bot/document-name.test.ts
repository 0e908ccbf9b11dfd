import { expect, it } from 'vitest';
import { documentName } from '../../src/bot/outbox/files/document-name.ts';

it.each([
  ['config.json', 'config.json'],
  ['onnx/model.onnx', 'model.onnx'],
  ['a/b"; filename="evil.sh', 'b__ filename=_evil.sh'],
  ['line\r\nbreak.txt', 'line__break.txt'],
  ['.gitattributes', '_gitattributes'],
  ['..\\..\\up.bin', '___.._up.bin'],
  ['\u202Egnp.exe', '_gnp.exe'],
  ['half\uD800.bin', 'half\uFFFD.bin'],
  [`${'x'.repeat(100)}.safetensors`, `${'x'.repeat(48)}.safetensors`],
  [`${'y'.repeat(100)}`, 'y'.repeat(60)],
  ['模型 权重.gguf', '模型 权重.gguf'],
])('%j is called %j as a document', (path, name) => {
  expect(documentName(path)).toBe(name);
});
