import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { redact } from '../../src/lib/text/redact.ts';

const BOT_TOKEN = '1234567890:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-';
const HF_TOKEN = 'hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567';
const SIGNATURE = 'Xj9~kQ-secret_signature__';

test('a bot token is hidden wherever it stands', () => {
  for (const text of [
    `token is ${BOT_TOKEN}`,
    `https://api.telegram.org/bot${BOT_TOKEN}/getMe`,
    `https://api.telegram.org/file/bot${BOT_TOKEN}/documents/1.json`,
    `/bot${encodeURIComponent(BOT_TOKEN)}/getMe`,
    JSON.stringify({ config: { token: BOT_TOKEN } }),
    inspect({ deep: { token: BOT_TOKEN } }),
  ]) {
    expect(redact(text)).not.toContain('AAHdqTcv');
  }
  expect(redact(`POST /bot${BOT_TOKEN}/sendMessage failed`)).toBe('POST /bot[bot token]/sendMessage failed');
});

test('what stands in the place of a token in a Bot API path is hidden whatever its shape', () => {
  expect(redact('http://127.0.0.1:8080/bot77:short/getMe')).toBe('http://127.0.0.1:8080/bot[bot token]/getMe');
});

test('a Hugging Face token is hidden', () => {
  expect(redact(`Bearer ${HF_TOKEN}`)).toBe('Bearer [hf token]');
  expect(redact(`"hf_sample" and %20${HF_TOKEN}`)).toBe('"[hf token]" and %20[hf token]');
});

test('so is one of a program, and one of times gone by', () => {
  expect(redact('hf_oauth_eyJhbGciOiJFZERTQSJ9.eyJzY29wZSI-x~y_z!')).toBe('[hf token]!');
  expect(redact('hf_jwt_eyJhbGciOiJFZERTQSJ9.abc')).toBe('[hf token]');
  expect(redact('api_org_AbCdEfGhIjKlMnOpQrStUvWxYz01234567')).toBe('[hf token]');
});

test('the names of settings are no tokens', () => {
  const text = 'hf_home, hf_hub_cache, hf_endpoint and hf_token are read from hubgram.yaml';
  expect(redact(text)).toBe(text);
  expect(redact('hf_homerun12345')).toBe('[hf token]');
});

test('a signed URL keeps its address and loses what makes it work', () => {
  const cloudfront = `https://cdn.hf.co/repos/ab/cd?Expires=1700000000&Policy=eyJTdGF0&Signature=${SIGNATURE}&Key-Pair-Id=K2L8F4GPSG1IFC`;
  expect(redact(cloudfront)).toBe(
    'https://cdn.hf.co/repos/ab/cd?Expires=1700000000&Policy=[signed]&Signature=[signed]&Key-Pair-Id=[signed]',
  );
  const s3 =
    'https://s3.aws.com/x?X-Amz-Credential=AKIA%2F2026&X-Amz-Date=20261121T000000Z&X-Amz-Signature=deadbeef&x=1';
  expect(redact(s3)).not.toMatch(/AKIA|deadbeef/);
  expect(redact(s3)).toContain('&x=1');
  expect(redact(JSON.stringify({ url: `https://h/p?sig=${SIGNATURE}` }))).toBe('{"url":"https://h/p?sig=[signed]"}');
});

test('a key in the address of a file is hidden, and what only looks like one is not', () => {
  expect(redact('https://h/m/1?type=Model&token=abc123&x=1 failed')).toBe(
    'https://h/m/1?type=Model&token=[hidden]&x=1 failed',
  );
  for (const name of ['access_token', 'auth_token', 'api_key', 'apikey', 'access_key', 'key', 'secret', 'password'])
    expect(redact(JSON.stringify({ url: `https://h/p?${name}=abc123` }))).toBe(
      `{"url":"https://h/p?${name}=[hidden]"}`,
    );
  for (const text of ['https://h/p?monkey=1&tokenizer=x', '/config set key=1', 'https://h/p?token=•••'])
    expect(redact(text)).toBe(text);
});

test('so does one that another URL holds, and one of Google', () => {
  const signed = `https://cdn.hf.co/x?X-Amz-Date=20261121T000000Z&X-Amz-Signature=${SIGNATURE}&x=1`;
  expect(redact(`/x?to=${encodeURIComponent(signed)}&y=2`)).toBe(
    '/x?to=https%3A%2F%2Fcdn.hf.co%2Fx%3FX-Amz-Date%3D[signed]%26X-Amz-Signature%3D[signed]%26x%3D1&y=2',
  );
  expect(redact(`https://storage.googleapis.com/x?X-Goog-Signature=${SIGNATURE}`)).not.toContain('secret');
});

test('an Authorization header is hidden in every form headers are printed in', () => {
  const header = { authorization: 'Bearer opaque-secret-1' };
  for (const text of [
    JSON.stringify(header),
    JSON.stringify({ body: JSON.stringify(header) }),
    inspect(header),
    inspect(['authorization', 'Bearer opaque-secret-1']),
    'Authorization: Bearer opaque-secret-1\r\nHost: x',
    'Authorization: Digest opaque-secret-1\r\nHost: x',
    'proxy-authorization=opaque-secret-1',
    `Basic ${Buffer.from('name:opaque-secret-1').toString('base64')}`,
  ]) {
    const hidden = redact(text);
    expect(hidden).not.toContain('opaque-secret-1');
    expect(hidden).not.toContain(Buffer.from('opaque').toString('base64').slice(0, 6));
  }
  expect(redact('Authorization: Digest opaque-secret-1\r\nHost: x')).toBe('Authorization: [hidden]\r\nHost: x');
});

test('a password in a URL is hidden', () => {
  expect(redact('via http://joe:pass@proxy.lan:3128/x')).toBe('via http://[hidden]@proxy.lan:3128/x');
  expect(redact('via http://joe:pass@word@proxy.lan/x@y')).toBe('via http://[hidden]@proxy.lan/x@y');
});

test('JSON stays JSON', () => {
  const line = {
    token: BOT_TOKEN,
    url: `https://h/?Signature=${SIGNATURE}`,
    nested: [{ authorization: `Basic ${'x'.repeat(40)}` }],
  };
  expect(() => JSON.parse(redact(JSON.stringify(line)))).not.toThrow();
});

test('ordinary text stays as it is', () => {
  for (const text of [
    'org/name:Q4_K_M at 12:30:45, 1.83 GB of 5.6 GB, commit 607a30d783dfa663caf39e06633721c8d4cfcd7e',
    'Basic authentication required by https://huggingface.co/gpt2/resolve/main/config.json?download=true',
    '2026-11-21T05:10:58.123Z connect ECONNREFUSED 127.0.0.1:443',
    'sha256:7c3a0c5e4a1f5a7b0d6a3c3c9b4f5f7f',
  ]) {
    expect(redact(text)).toBe(text);
  }
});

test('a very long text is no burden', () => {
  // Each of these made a careless expression take quadratic time: minutes for a million characters.
  for (const unit of ['1', 'a.', 'authorization', 'http://', 'hf_', 'Basic ', 'X-Amz-']) {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
    expect(redact(text).length).toBeGreaterThan(0);
  }
});
