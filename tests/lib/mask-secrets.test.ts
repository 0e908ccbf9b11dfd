import { expect, test } from 'vitest';
import { maskSecrets } from '../../src/lib/text/mask-secrets.ts';

const dots = (secret: string): string => '•'.repeat(secret.length);

test.each([
  ['a token of a person', 'hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567'],
  ['a token of a program', 'hf_oauth_eyJhbGciOiJFZERTQSJ9.eyJzY29wZSI-x~y_z'],
  ['a token of times gone by', 'api_org_AbCdEfGhIjKlMnOpQrStUvWxYz01234567'],
  ['a bot’s token', '1234567890:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-'],
  ['a bot’s token in a URL', '1234567890%3AAAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-'],
])('%s is hidden behind as many dots, wherever it stands', (_, secret) => {
  for (const around of ['|', 'add | now', 'https://user:|@huggingface.co/gpt2', '{"name": "|"}', '/|/getMe'])
    expect(maskSecrets(around.replace('|', secret))).toBe(around.replace('|', dots(secret)));
});

test('a signed URL keeps its address and what it names', () => {
  expect(
    maskSecrets('https://cdn.hf.co/x?Expires=17&Signature=a-b_c~&Key-Pair-Id=K2&x=1 and "y?X-Amz-Signature=de"'),
  ).toBe('https://cdn.hf.co/x?Expires=17&Signature=••••••&Key-Pair-Id=••&x=1 and "y?X-Amz-Signature=••"');
});

test('what people write of models stays as it is', () => {
  for (const text of [
    'org/model-20241130:Q4_K_M description="Policy=open, Signature=none" tags=hf_transfer,api_server',
    `https://huggingface.co/gpt2/resolve/main/config.json?download=true sha256:${'a1'.repeat(32)}`,
    'unsloth/Qwen3-235B-A22B-Instruct-2507-GGUF:UD-Q4_K_XL@607a30d783dfa663caf39e06633721c8d4cfcd7e',
  ])
    expect(maskSecrets(text)).toBe(text);
});
