import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export interface PathBase {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/**
 * A path as Python's `expanduser` and `expandvars` read it, which huggingface_hub does with its own: `~`, `~/models`,
 * `$HOME/models`, `${DISK}/models`; a variable that is not set stays as it is written. Relative to `cwd`.
 */
export const expandPath = (text: string, { env, cwd }: PathBase): string => {
  const home = env['HOME'] || homedir();
  const absolute = text.replace(/^~(?=$|[/\\])/, () => home);
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
