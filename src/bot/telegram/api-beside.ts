import { Api, type ApiClientOptions } from 'grammy';

/**
 * An Api beside another, for one call, or for one update alone, as grammY makes one for each. Menus and dialogues add
 * transformers to it that know this update: in an Api for all these would pile up, and draw the menu of whoever came last.
 */
export const apiBeside = ({ token, config }: Api, client: ApiClientOptions): Api => {
  const own = new Api(token, client);
  own.config.use(...config.installedTransformers());
  return own;
};
