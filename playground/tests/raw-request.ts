import { request } from 'node:http';

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back for a path sent exactly as written, with any headers: `fetch` would tidy up the one, and set Host and Origin itself. */
export const rawRequest = (
  root: string,
  path: string,
  { method = 'GET', headers = {}, body }: RawRequest = {},
): Promise<{ readonly status: number; readonly body: string }> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(root);
    request({ hostname, port, method, path, headers }, (response) => {
      let said = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        said += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: said }));
    })
      .on('error', reject)
      .end(body);
  });
