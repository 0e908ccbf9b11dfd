import { badRequest } from '../api-error.ts';
import { codePoints } from '../text/code-points.ts';

/** The texts a bot can say about itself, with their limits in characters (Bot API, setMyName and its kin). */
const LIMITS = { name: 64, description: 512, short_description: 120 } as const;
export type ProfileField = keyof typeof LIMITS;

export interface Profile {
  readonly set: (field: ProfileField, language: string, value: string) => void;
  /** The variant of this language, else the one for everybody. */
  readonly get: (field: ProfileField, language: string) => string;
}

/** @throws ApiError 400 for what is no two-letter code (or nothing, for all languages) */
export const checkLanguage = (language: string): string => {
  if (!/^([a-z]{2})?$/.test(language)) throw badRequest('invalid language code specified');
  return language;
};

export const createProfile = (name: string, changed: () => void): Profile => {
  const values = new Map<string, string>([['name|', name]]);
  return {
    set: (field, language, value) => {
      if (codePoints(value) > LIMITS[field]) throw badRequest(`BOT_${field === 'name' ? 'TITLE' : 'INFO'}_INVALID`);
      values.set(`${field}|${checkLanguage(language)}`, value);
      changed();
    },
    get: (field, language) => values.get(`${field}|${checkLanguage(language)}`) || values.get(`${field}|`) || '',
  };
};
