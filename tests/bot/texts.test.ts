import { whatLoads } from '../../src/domain/files/loads/loads.ts';
import { FormattedString } from '@grammyjs/parse-mode';
import { describe, expect, it } from 'vitest';
import { loadCommands } from '../../src/bot/board/load-commands.ts';
import { actionButton, dataPattern } from '../../src/bot/ui/buttons.ts';
import { copyButton, count, lines, messageParameters, plain } from '../../src/bot/ui/text.ts';
import { sampleFile, sampleModel } from './samples.ts';

describe('a message', () => {
  it('of the longest length is sent whole', () => {
    expect(messageParameters({ text: plain('x'.repeat(4096)) }).text).toBe('x'.repeat(4096));
  });

  it('that is longer is cut with its entities, which end where the text does', () => {
    const text = lines(FormattedString.b('title'), FormattedString.code('y'.repeat(5000)));
    const sent = messageParameters({ text });
    expect(sent.text).toHaveLength(4096);
    expect(sent.text.endsWith('y…')).toBe(true);
    expect(sent.look.entities).toMatchObject([
      { type: 'bold', offset: 0, length: 5 },
      { type: 'code', offset: 6, length: 4089 },
    ]);
  });

  it.each([4094, 4095, 4096])('is not cut through a character (%i before it)', (before) => {
    const sent = messageParameters({ text: plain(`${'x'.repeat(before - 1)}${'🙂'.repeat(10)}`) });
    expect(sent.text.isWellFormed()).toBe(true);
    expect(sent.text.length).toBeLessThanOrEqual(4096);
    expect(sent.text.endsWith('…')).toBe(true);
  });

  it('has no gaps where nothing is to be said', () => {
    expect(lines('a', undefined, false, '', FormattedString.b(''), 'b').text).toBe('a\nb');
  });
});

it('a count agrees with its noun', () => {
  expect([0, 1, 2].map((amount) => count(amount, 'file'))).toEqual(['0 files', '1 file', '2 files']);
});

it('a copy button holds 1 to 256 characters, however they are encoded', () => {
  expect(['', 'x', '🙂'.repeat(256), '🙂'.repeat(257)].map((text) => copyButton('Copy', text).length)).toEqual([
    0, 1, 1, 0,
  ]);
});

it('a button’s data is read back, and fits Telegram’s 64 bytes', () => {
  const data = (id: number | string): string => {
    const button = actionButton('Approve', 'approve', id);
    return 'callback_data' in button ? button.callback_data : '';
  };
  const pattern = dataPattern('approve');
  expect(pattern.exec(data(-1_001_234_567_890))?.slice(1, 3)).toEqual(['-1001234567890', undefined]);
  expect(pattern.exec(data('12:3'))?.slice(1, 3)).toEqual(['12', '3']);
  expect(pattern.test('pick:12')).toBe(false);
  expect(pattern.test('approve:12x')).toBe(false);
  expect(Buffer.byteLength(data(-1_001_234_567_890))).toBeLessThan(64);
});

describe('what is typed to load', () => {
  const commands = (paths: readonly string[], changes: Parameters<typeof sampleModel>[0] = {}): string[] => {
    const model = sampleModel({ downloadPath: '/cache/s', ...changes });
    return loadCommands(model, whatLoads(model, paths.map(sampleFile))).map(({ text }) => text);
  };

  it.each([
    [['m-mmproj-f16.gguf', 'm-Q4_K_M.gguf'], 'm-Q4_K_M.gguf'],
    [['imatrix.gguf', 'm-Q8_0.gguf'], 'm-Q8_0.gguf'],
    [['Q8_0/m-Q8_0-00002-of-00002.gguf', 'Q8_0/m-Q8_0-00001-of-00002.gguf'], 'Q8_0/m-Q8_0-00001-of-00002.gguf'],
    [['m-BF16.gguf', 'm-Q4_K_M.gguf', 'm-Q8_0.gguf'], 'm-Q4_K_M.gguf'],
  ])('of %j is the model itself', (paths, entry) => {
    expect(commands(paths)).toEqual([`llama-cli -m /cache/s/${entry}`, `/cache/s/${entry}`]);
  });

  const JS = { libraryName: 'transformers.js', pipelineTag: 'automatic-speech-recognition' };
  it.each([
    [
      ['config.json', 'onnx/model_q4.onnx', 'onnx/model_q4.onnx_data'],
      { ...JS, pipelineTag: 'sentence-similarity' },
      ['await pipeline("feature-extraction", "/cache/s", { dtype: "q4" })'],
    ],
    [
      ['config.json', 'onnx/encoder_model.onnx', 'onnx/decoder_model_merged_quantized.onnx'],
      JS,
      [
        'await pipeline("automatic-speech-recognition", "/cache/s", { dtype: {"encoder_model":"fp32","decoder_model_merged":"q8"} })',
      ],
    ],
    [['config.json', 'onnx/model.onnx', 'onnx/model_q4f16.onnx'], JS, [expect.stringContaining('dtype: "fp32"')]],
    [['config.json', 'onnx/model_q4.onnx'], { ...JS, pipelineTag: 'any-to-any' }, ['/cache/s/onnx/model_q4.onnx']],
    [['config.json', 'model_q4.onnx'], JS, ['/cache/s/model_q4.onnx']],
    [['config.json', 'onnx/model_q4.onnx'], {}, ['/cache/s/onnx/model_q4.onnx']],
    [
      ['ggml-base.en-q5_1.bin'],
      {},
      ['whisper-cli -m /cache/s/ggml-base.en-q5_1.bin', '/cache/s/ggml-base.en-q5_1.bin'],
    ],
    [
      ['ggml-model.bin'],
      { pipelineTag: JS.pipelineTag },
      ['whisper-cli -m /cache/s/ggml-model.bin', '/cache/s/ggml-model.bin'],
    ],
    [['ggml-model-q4_0.bin'], {}, ['/cache/s/ggml-model-q4_0.bin']],
    [['llama-2-7b.ggmlv3.q4_0.bin'], {}, ['/cache/s/llama-2-7b.ggmlv3.q4_0.bin']],
    [['ggml-tiny.bin', 'ggml-base.bin'], {}, []],
    [['config.json', 'output.safetensors'], { tags: ['exl2'] }, ['/cache/s/output.safetensors']],
    [['config.json', 'output-00001-of-00002.safetensors', 'output-00002-of-00002.safetensors'], {}, []],
    [['wan2.2_t2v_high_noise_14B-Q4_K_M.gguf', 'wan2.2_t2v_low_noise_14B-Q4_K_M.gguf'], {}, []],
    [['wan2.2_t2v_high_noise_14B-Q4_K_M.gguf'], {}, ['/cache/s/wan2.2_t2v_high_noise_14B-Q4_K_M.gguf']],
    [['wan2.2_t2v_high_noise_14B_fp16.safetensors', 'wan2.2_t2v_low_noise_14B_fp16.safetensors'], {}, []],
  ])('of %j, of which is said %j, works for it or is not there', (paths, metadata, expected) => {
    expect(commands(paths, { metadata: { ...metadata } })).toEqual(expected);
  });

  it('is quoted for the shell where it must be', () => {
    expect(commands(["it's (1)-Q8_0.gguf"])[0]).toBe(`llama-cli -m '/cache/s/it'\\''s (1)-Q8_0.gguf'`);
    expect(commands(['config.json', 'model.safetensors'], { revision: 'refs/pr/1' })).toEqual([
      'AutoModelForCausalLM.from_pretrained("gpt2", revision="refs/pr/1")',
      'vllm serve gpt2 --revision refs/pr/1',
    ]);
    expect(commands(['config.json', 'model.safetensors'], { revision: 'v1#2' })[1]).toBe(
      "vllm serve gpt2 --revision 'v1#2'",
    );
  });
});
