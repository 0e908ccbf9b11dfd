import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { AppError } from '../domain/errors.ts';

export interface PathBase {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

const NO_HOME =
  'There is no home folder to read “~” by: HOME is not set, and this system has no account for the user that the ' +
  'program runs as. Set HOME, or else HF_HOME to the folder of your models. Example: HF_HOME=/srv/huggingface';

/** Asked for only where a path needs it: a user id without an account has none, and may need none. */
const homeFolder = ({ env }: PathBase): string => {
  if (env['HOME']) return env['HOME'];
  try {
    return homedir();
  } catch (error) {
    throw new AppError('configuration', NO_HOME, { cause: error });
  }
};

/**
 * A path as Python's `expanduser` and `expandvars` read it, which huggingface_hub does with its own: `~`, `~/models`,
 * `$HOME/models`, `${DISK}/models`; a variable that is not set stays as it is written. Relative to `cwd`.
 */
export const expandPath = (text: string, around: PathBase): string => {
  const { env, cwd } = around;
  const absolute = text.replace(/^~(?=$|[/\\])/, () => homeFolder(around));
  const filled = absolute.replace(
    /\$(?:(\w+)|\{(\w+)\})/g,
    (whole, bare?: string, braced?: string) => env[bare ?? braced ?? ''] ?? whole,
  );
  return resolve(cwd, filled);
};

/** The same of several; none if none were given. */
export const expandPaths = (texts: readonly string[] | undefined, around: PathBase): string[] =>
  (texts ?? []).map((text) => expandPath(text, around));

/** Where huggingface_hub keeps its things if HF_HOME is not set (its constants.py). */
export const defaultHfHome = (around: PathBase): string =>
  expandPath(join(around.env['XDG_CACHE_HOME'] || '~/.cache', 'huggingface'), around);

/** Where huggingface_hub's `hf auth login` leaves the token. */
export const hfTokenFile = (hfHome: string, around: PathBase): string =>
  expandPath(around.env['HF_TOKEN_PATH'] || join(hfHome, 'token'), around);
