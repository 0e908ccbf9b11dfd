import { z } from 'zod';
import type { Setting } from './setting.ts';
import { hostName, port, webhookUrl } from './values.ts';

/** Where hubgram is asked over HTTP: how it is, by Telegram, and by an inference server on this machine. */
export const HTTP_SETTINGS = {
  httpPort: {
    name: 'HUBGRAM_HTTP_PORT',
    description: 'Where /healthz, /metrics and the webhook are; off without',
    keys: ['http_port'],
    expected: 'a port from 0 (any free one) to 65535',
    example: '8080',
    schema: port,
  },
  httpHost: {
    name: 'HUBGRAM_HTTP_HOST',
    description: 'On which address of this machine',
    keys: ['http_host'],
    expected: 'an address of this machine',
    example: '0.0.0.0',
    fallback: '127.0.0.1',
    schema: hostName,
  },
  webhookUrl: {
    name: 'HUBGRAM_WEBHOOK_URL',
    description: 'Where Telegram brings updates, instead of being asked for them; polling without',
    keys: ['webhook_url'],
    expected: 'the address at which Telegram reaches hubgram, https, with a path of its own',
    example: 'https://bot.example.org/telegram',
    schema: webhookUrl,
  },
  webhookSecret: {
    name: 'HUBGRAM_WEBHOOK_SECRET',
    description: 'What Telegram shows there; made of the bot’s token if nobody says',
    keys: ['webhook_secret'],
    secret: true,
    expected: '1 to 256 letters, digits, _ and -',
    example: 'the output of: openssl rand -hex 32',
    // Bot API, setWebhook: secret_token.
    schema: z.string().regex(/^[A-Za-z0-9_-]{1,256}$/),
  },
  apiPort: {
    name: 'HUBGRAM_API_PORT',
    description: 'Where an inference server on this machine may ask for models over HTTP; off without',
    keys: ['api_port'],
    expected: 'a port from 0 (any free one) to 65535',
    example: '8082',
    schema: port,
  },
  apiHost: {
    name: 'HUBGRAM_API_HOST',
    description: 'On which address of this machine',
    keys: ['api_host'],
    expected: 'an address of this machine',
    example: '0.0.0.0',
    fallback: '127.0.0.1',
    schema: hostName,
  },
  apiToken: {
    name: 'HUBGRAM_API_TOKEN',
    description: 'What is to be shown with each call',
    keys: ['api_token'],
    secret: true,
    expected: '16 letters, digits and signs or more, without spaces',
    example: 'the output of: openssl rand -hex 32',
    // What may stand behind `Bearer` (RFC 6750, 2.1).
    schema: z.string().regex(/^[A-Za-z0-9._~+/=-]{16,1024}$/),
  },
} as const satisfies Record<string, Setting>;
