import { z } from 'zod';
import type { Setting } from './setting.ts';
import { hostName, port } from './values.ts';

/** What an inference server on this machine may ask for over HTTP. */
export const API_SETTINGS = {
  apiPort: {
    name: 'HUBGRAM_API_PORT',
    keys: ['api_port'],
    expected: 'a port from 0 (any free one) to 65535',
    example: '8082',
    schema: port,
  },
  apiHost: {
    name: 'HUBGRAM_API_HOST',
    keys: ['api_host'],
    expected: 'an address of this machine',
    example: '0.0.0.0',
    fallback: '127.0.0.1',
    schema: hostName,
  },
  apiToken: {
    name: 'HUBGRAM_API_TOKEN',
    keys: ['api_token'],
    secret: true,
    expected: '16 letters, digits and signs or more, without spaces',
    example: 'the output of: openssl rand -hex 32',
    // What may stand behind `Bearer` (RFC 6750, 2.1).
    schema: z.string().regex(/^[A-Za-z0-9._~+/=-]{16,1024}$/),
  },
} as const satisfies Record<string, Setting>;
