import { setGlobalProxyFromEnv } from './node-http.ts';

/** Proxies in the form in which Node takes them, wherever it does. */
export interface Proxies {
  readonly http_proxy?: string;
  readonly https_proxy?: string;
  readonly no_proxy: string;
}

/** This machine is reached directly, whatever NO_PROXY says: no proxy could. */
const HERE = 'localhost,127.0.0.1,::1';

/** @returns undefined if there is no proxy */
export const proxiesOf = (http: string | undefined, https: string | undefined, no = ''): Proxies | undefined => {
  if (http === undefined && https === undefined) return undefined;
  return {
    ...(http === undefined ? {} : { http_proxy: http }),
    ...(https === undefined ? {} : { https_proxy: https }),
    no_proxy: no === '' ? HERE : `${no},${HERE}`,
  };
};

/** Lets `fetch` go through them from now on. @returns false if this Node cannot: 24.14 brought it */
export const useProxies = (proxies: Proxies): boolean => {
  // The types say that it is always there.
  if (typeof setGlobalProxyFromEnv !== 'function') return false;
  setGlobalProxyFromEnv({ ...proxies });
  return true;
};
