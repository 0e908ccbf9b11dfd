import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type BotApi, startBotApi } from '../../telegram/bot-api.ts';
import { call, errorOf } from './call.ts';

let api: BotApi;
const ann = 5001;

beforeEach(async () => {
  api = await startBotApi();
  api.addUser({ id: ann, firstName: 'Ann', started: true });
});
afterEach(() => api.close());

/** A body as grammY writes it: lower case, no space after the colon, the file name bare. */
const upload = async (
  method: string,
  fields: Record<string, string>,
  fileName: string,
  data: Buffer,
): Promise<unknown> => {
  const boundary = '----------abc';
  const head = Object.entries(fields)
    .map(([name, value]) => `--${boundary}\r\ncontent-disposition:form-data;name="${name}"\r\n\r\n${value}\r\n`)
    .join('');
  const file =
    `--${boundary}\r\ncontent-disposition:form-data;name="f1";filename=${fileName}\r\n` +
    'content-type:application/octet-stream\r\n\r\n';
  const response = await fetch(`${api.apiRoot}/bot${api.token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: Buffer.concat([Buffer.from(head + file), data, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  });
  return response.json();
};

test('a document with a bare file name with spaces arrives byte for byte', async () => {
  const data = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 256)).fill('\r\n--------', 100, 110);
  const fields = { chat_id: String(ann), document: 'attach://f1', caption: '<b>library</b>', parse_mode: 'HTML' };
  expect(await upload('sendDocument', fields, 'my models.json', data)).toMatchObject({
    ok: true,
    result: {
      document: { file_name: 'my models.json', mime_type: 'application/json', file_size: 5000 },
      caption: 'library',
      caption_entities: [{ type: 'bold', offset: 0, length: 7 }],
    },
  });
  const fileId = api.messages(ann)[0]?.document?.file_id ?? '';
  const { result } = await call(api, 'getFile', { file_id: fileId });
  expect(result).toMatchObject({ file_id: fileId, file_size: 5000, file_path: 'documents/file_0.json' });
  const response = await fetch(`${api.apiRoot}/file/bot${api.token}/${result.file_path}`);
  expect(Buffer.from(await response.arrayBuffer()).equals(data)).toBe(true);
});

test('a quoted and an encoded file name are read as well', async () => {
  const fields = { chat_id: String(ann), document: 'attach://f1' };
  await upload('sendDocument', fields, '"a \\"b\\".txt"', Buffer.from('x'));
  await upload('sendDocument', fields, 'gr%C3%BC%C3%9Fe.txt', Buffer.from('x'));
  expect(api.messages(ann).map((message) => message.document?.file_name)).toEqual(['a "b".txt', 'grüße.txt']);
});

test.each([
  ['a.mp3', 'audio'],
  ['a.GIF', 'animation'],
  ['a.webp', 'sticker'],
])('%s is sent as %s, unless Telegram is told not to look', async (name, kind) => {
  const fields = { chat_id: String(ann), document: 'attach://f1' };
  expect(await upload('sendDocument', fields, name, Buffer.from('x'))).toMatchObject({
    result: { [kind]: { file_size: 1 } },
  });
  const asIs = await upload(
    'sendDocument',
    { ...fields, disable_content_type_detection: 'true' },
    name,
    Buffer.from('x'),
  );
  expect(asIs).toMatchObject({ result: { document: { file_name: name } } });
  expect(asIs).not.toHaveProperty(`result.${kind}`);
});

test('a document can be sent again by its id, and its caption edited', async () => {
  await upload('sendDocument', { chat_id: String(ann), document: 'attach://f1' }, 'a.txt', Buffer.from('x'));
  const fileId = api.messages(ann)[0]?.document?.file_id;
  const { result } = await call(api, 'sendDocument', { chat_id: ann, document: fileId, caption: 'again' });
  expect(result).toMatchObject({ document: { file_id: fileId }, caption: 'again' });
  const edited = await call(api, 'editMessageCaption', {
    chat_id: ann,
    message_id: result.message_id,
    caption: 'edited',
  });
  expect(edited.result).toMatchObject({
    caption: 'edited',
    document: { file_id: fileId },
    edit_date: expect.any(Number),
  });
  expect(await errorOf(api, 'editMessageText', { chat_id: ann, message_id: result.message_id, text: 'x' })).toBe(
    '400 Bad Request: there is no text in the message to edit',
  );
});

test('files that are missing, empty, unknown or too large are refused', async () => {
  const fields = { chat_id: String(ann), document: 'attach://f1' };
  expect(await upload('sendDocument', fields, 'a.txt', Buffer.alloc(0))).toMatchObject({
    description: 'Bad Request: file must be non-empty',
  });
  expect(await errorOf(api, 'sendDocument', { chat_id: ann })).toBe(
    '400 Bad Request: there is no document in the request',
  );
  expect(await errorOf(api, 'sendDocument', { chat_id: ann, document: 'nope' })).toBe(
    '400 Bad Request: wrong file identifier/HTTP URL specified',
  );
  expect(
    await upload('sendDocument', { ...fields, caption: 'x'.repeat(1025) }, 'a.txt', Buffer.from('x')),
  ).toMatchObject({
    description: 'Bad Request: message caption is too long',
  });
  expect(await errorOf(api, 'getFile', { file_id: 'nope' })).toBe(
    '400 Bad Request: wrong file_id or the file is temporarily unavailable',
  );
  const big = api.sendDocument(ann, ann, { name: 'big.bin', data: Buffer.alloc(20 * 1024 * 1024 + 1) });
  expect(await errorOf(api, 'getFile', { file_id: big.document?.file_id })).toBe('400 Bad Request: file is too big');
  const stolen = await fetch(`${api.apiRoot}/file/bot${api.token}/documents/none.txt`);
  expect(stolen.status).toBe(404);
});

test('a photo comes with its size', async () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  );
  expect(await upload('sendPhoto', { chat_id: String(ann), photo: 'attach://f1' }, 'dot.png', png)).toMatchObject({
    result: { photo: [{ width: 1, height: 1, file_size: png.length }] },
  });
});

test.each([
  [9000, 1000, true],
  [9001, 1000, false],
  [2000, 100, true],
  [2001, 100, false],
])('a photo of %i by %i: is it taken? %s', async (width, height, ok) => {
  // Of a PNG, what comes before its pixels.
  const png = Buffer.from('89504e470d0a1a0a0000000d494844520000000000000000080600000000000000', 'hex');
  png.writeUInt32BE(width, 16);
  png.writeUInt32BE(height, 20);
  const answer = await upload('sendPhoto', { chat_id: String(ann), photo: 'attach://f1' }, 'a.png', png);
  expect(answer).toMatchObject({ ok, ...(!ok && { description: 'Bad Request: PHOTO_INVALID_DIMENSIONS' }) });
});

test('a photo comes in place of a text or of another photo, and its caption above it if asked for', async () => {
  const { result: sent } = await call(api, 'sendMessage', { chat_id: ann, text: 'nothing yet' });
  const change = (media: object, data = Buffer.from('x')): Promise<unknown> => {
    const fields = { chat_id: String(ann), message_id: String(sent.message_id), media: JSON.stringify(media) };
    return upload('editMessageMedia', fields, 'a.png', data);
  };
  const photo = { type: 'photo', media: 'attach://f1', caption: 'up', show_caption_above_media: true };
  const [first, second] = [await change(photo), await change({ ...photo, caption: 'again' }, Buffer.from('yy'))];
  expect(first).toMatchObject({ result: { caption: 'up', show_caption_above_media: true, photo: [{ file_size: 1 }] } });
  expect(second).toMatchObject({
    result: { message_id: sent.message_id, caption: 'again', photo: [{ file_size: 2 }] },
  });
  expect((second as { result: object }).result).not.toHaveProperty('text');
  expect(await change({ type: 'video', media: 'attach://f1' })).toMatchObject({ ok: false, error_code: 400 });
});

test('a document of a person is told with its caption', async () => {
  api.sendDocument(ann, ann, { name: 'models.json', data: '{}', caption: '/import' });
  expect(api.pendingUpdates()[0]).toMatchObject({
    message: {
      document: { file_name: 'models.json', mime_type: 'application/json', file_size: 2 },
      caption: '/import',
      caption_entities: [{ offset: 0, length: 7, type: 'bot_command' }],
    },
  });
});

test('a body that is larger than it may be is refused while it comes, and the connection closed', async () => {
  api.limitUploads(1000, 'told');
  const { hostname, port } = new URL(api.apiRoot);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /bot${api.token}/sendDocument HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 5000\r\n\r\n${'x'.repeat(1001)}`,
  );
  let said = '';
  socket.on('data', (data: Buffer) => {
    said += data.toString('utf8');
  });
  socket.on('error', () => undefined);
  await once(socket, 'close');
  expect(said).toMatch(/^HTTP\/1\.1 413 [^]*"Request Entity Too Large"/);
  api.limitUploads(1000, 'broken');
  const url = `${api.apiRoot}/bot${api.token}/sendDocument`;
  await expect(fetch(url, { method: 'POST', body: 'x'.repeat(1001) })).rejects.toThrow('fetch failed');
});

test('a multipart body that breaks off is refused', async () => {
  const response = await fetch(`${api.apiRoot}/bot${api.token}/getMe`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=abc' },
    body: '--abc\r\ncontent-disposition:form-data;name="x"\r\n\r\nhalf',
  });
  expect(response.status).toBe(400);
});

test('the path of a file leads to it for an hour, and is given anew', async () => {
  const file_id = api.sendDocument(ann, ann, { name: 'a.txt', data: 'hello' }).document?.file_id;
  const { result } = await call(api, 'getFile', { file_id });
  const fetched = () => fetch(`${api.apiRoot}/file/bot${api.token}/${result.file_path}`);
  api.advance(3_599_000);
  expect((await fetched()).status).toBe(200);
  api.advance(1000);
  expect((await fetched()).status).toBe(404);
  await call(api, 'getFile', { file_id });
  expect(await (await fetched()).text()).toBe('hello');
});

test('with a folder of its own it is a server with --local: files of any size, by their paths there', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
  const local = await startBotApi({ localFolder: folder });
  onTestFinished(async () => {
    await local.close();
    rmSync(folder, { recursive: true });
  });
  local.addUser({ id: ann, firstName: 'Ann', started: true });
  const data = Buffer.alloc(20 * 1024 * 1024 + 1, 7);
  const { document } = local.sendDocument(ann, ann, { name: 'big.bin', data });
  const { result } = await call(local, 'getFile', { file_id: document?.file_id });
  expect(result.file_path).toBe(join(folder, local.token, 'documents/file_0.bin'));
  expect(readFileSync(result.file_path).equals(data)).toBe(true);
});

test('what can be seen or played is told as its kind, with what it says of itself', () => {
  const send = (as: 'photo' | 'audio' | 'animation', more: object = {}): unknown =>
    api.sendDocument(ann, ann, { name: 'a.mp3', data: 'xyz', as, albumId: '7', ...more });
  expect(send('audio', { duration: 5, title: 'T', performer: 'P' })).toMatchObject({
    media_group_id: '7',
    audio: { file_name: 'a.mp3', mime_type: 'audio/mpeg', file_size: 3, duration: 5, title: 'T', performer: 'P' },
  });
  expect(send('photo')).toMatchObject({ photo: [{ width: 90 }, { width: 800, file_size: 3 }] });
  expect(send('animation')).toMatchObject({ animation: { file_size: 3 }, document: { file_size: 3 } });
});

test('a file that is fetched can be held, and broken off once', async () => {
  const data = Buffer.alloc(200_000, 1);
  const file_id = api.sendDocument(ann, ann, { name: 'a.bin', data }).document?.file_id;
  const { result } = await call(api, 'getFile', { file_id });
  const fetched = async (): Promise<number> => {
    const response = await fetch(`${api.apiRoot}/file/bot${api.token}/${result.file_path}`);
    return (await response.arrayBuffer()).byteLength;
  };
  api.breakDownload(100_000);
  await expect(fetched()).rejects.toThrow('terminated');
  const letGo = api.holdDownloads(100_000);
  const coming = fetched();
  letGo();
  expect(await coming).toBe(data.length);
});
