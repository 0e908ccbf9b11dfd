/**
 * `node:http` as `require` gives it. Whoever imports it has Node read all that it exports, and so load undici for its WebSocket and two
 * more (lib/http.js, `lazyUndici`), which is a tenth of a start. Here nothing is read but what is named.
 */
export const { Agent, createServer, get, request, setGlobalProxyFromEnv } = process.getBuiltinModule('node:http');
